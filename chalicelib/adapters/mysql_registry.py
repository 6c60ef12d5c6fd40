"""The port `Registry` on MySQL."""

from collections.abc import Iterator
from typing import Any

from pymysql.cursors import Cursor

from chalicelib.adapters.mysql import MySqlDatabase
from chalicelib.adapters.mysql_sessions import name_members
from chalicelib.domain.errors import NotFoundError, TakenError
from chalicelib.domain.registry import CertificateStatus, Registration, RegistrationPage
from chalicelib.domain.sessions import MemberKey

_OWNER = "SELECT tenant_id FROM devices WHERE device_id = %s FOR UPDATE"
_INSERT = """
    INSERT INTO devices (tenant_id, member_id, certificate_id, certificate_pem, status, registered_at_ms, device_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_RENEW = """
    UPDATE devices SET member_id = %s, certificate_id = %s, certificate_pem = %s, status = %s WHERE device_id = %s
"""
_SELECT = """
    SELECT device.tenant_id, device.device_id, device.member_id, device.certificate_id, device.certificate_pem,
        device.status, device.registered_at_ms, contact.last_contact_ms
    FROM devices AS device
    LEFT JOIN device_contacts AS contact ON contact.tenant_id = device.tenant_id AND contact.device_id = device.device_id
"""
_PAGE = f"""{_SELECT}
    WHERE (%s IS NULL OR device.tenant_id = %s) AND device.device_id > %s ORDER BY device.device_id LIMIT %s
"""
_FIND = f"{_SELECT} WHERE device.device_id = %s"
_REVOKE = "UPDATE devices SET status = %s WHERE device_id = %s"


class MySqlRegistry:
    """Registered devices in MySQL."""

    def __init__(self, database: MySqlDatabase) -> None:
        self._database = database

    def save(self, registration: Registration) -> bool:
        """See the port."""
        with self._database.transaction() as cursor:
            cursor.execute(_OWNER, [registration.device_id])
            owner = cursor.fetchone()
            if owner is not None and owner[0] != registration.tenant_id:
                raise TakenError(f"Device {registration.device_id} belongs to another tenant")
            if owner is None:
                _insert(cursor, registration)
            else:
                _renew(cursor, registration)
            if registration.member_id is not None:
                name_members(cursor, {MemberKey(registration.tenant_id, registration.member_id): registration.registered_at_ms})
        return owner is None

    def page(self, limit: int, after: str | None, tenant_id: str | None) -> RegistrationPage:
        """See the port."""
        with self._database.transaction() as cursor:
            cursor.execute(_PAGE, (tenant_id, tenant_id, after or "", limit + 1))
            found = list(_registrations(cursor))
        return RegistrationPage(found[:limit], more=len(found) > limit)

    def find(self, device_id: str) -> Registration | None:
        """See the port."""
        with self._database.transaction() as cursor:
            return _found(cursor, device_id)

    def revoke(self, device_id: str) -> Registration:
        """See the port."""
        with self._database.transaction() as cursor:
            cursor.execute(_REVOKE, (CertificateStatus.REVOKED.value, device_id))
            found = _found(cursor, device_id)
        if found is None:
            raise NotFoundError(f"No device {device_id} is registered")
        return found


def _insert(cursor: Cursor, it: Registration) -> None:
    cursor.execute(
        _INSERT,
        (it.tenant_id, it.member_id, it.certificate_id, it.certificate_pem, it.status.value, it.registered_at_ms, it.device_id),
    )


def _renew(cursor: Cursor, it: Registration) -> None:
    cursor.execute(_RENEW, (it.member_id, it.certificate_id, it.certificate_pem, it.status.value, it.device_id))


def _found(cursor: Cursor, device_id: str) -> Registration | None:
    cursor.execute(_FIND, [device_id])
    return next(_registrations(cursor), None)


def _registrations(cursor: Cursor) -> Iterator[Registration]:
    for row in cursor.fetchall():
        yield _registration(*row)


def _registration(*row: Any) -> Registration:
    return Registration(
        tenant_id=row[0],
        device_id=row[1],
        member_id=row[2],
        certificate_id=row[3],
        certificate_pem=row[4],
        status=CertificateStatus(row[5]),
        registered_at_ms=row[6],
        last_contact_at_ms=row[7],
    )
