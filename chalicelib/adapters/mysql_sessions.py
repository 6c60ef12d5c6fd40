"""The rows that `ingest` locks before it changes them, contacts and sessions, and those that go along: events, members."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from pymysql.cursors import Cursor

from chalicelib.adapters.mysql_rows import insert_rows
from chalicelib.domain.lifecycle import Connection
from chalicelib.domain.sessions import Contact, DeviceKey, MemberKey, Session, SessionKey
from chalicelib.ports import StoredEvent

# Writing the key over itself takes the row's exclusive lock whether or not it exists; INSERT IGNORE would take a shared one
# first, and two transactions that both want more then end in a deadlock.
_MAKE_CONTACTS = """
    INSERT INTO device_contacts (tenant_id, device_id) VALUES :rows ON DUPLICATE KEY UPDATE device_id = VALUES(device_id)
"""
_LOCK_CONTACTS = """
    SELECT tenant_id, device_id, last_contact_ms, battery_percent, battery_at_ms, battery_message_id,
        is_online, presence_at_ms, presence_version, presence_session
    FROM device_contacts WHERE (tenant_id, device_id) IN %s FOR UPDATE
"""
_SAVE_CONTACTS = """
    INSERT INTO device_contacts
        (tenant_id, device_id, last_contact_ms, battery_percent, battery_at_ms, battery_message_id,
        is_online, presence_at_ms, presence_version, presence_session)
    VALUES :rows
    ON DUPLICATE KEY UPDATE
        last_contact_ms = VALUES(last_contact_ms), battery_percent = VALUES(battery_percent),
        battery_at_ms = VALUES(battery_at_ms), battery_message_id = VALUES(battery_message_id),
        is_online = VALUES(is_online), presence_at_ms = VALUES(presence_at_ms),
        presence_version = VALUES(presence_version), presence_session = VALUES(presence_session)
"""
_MAKE_SESSIONS = """
    INSERT INTO sessions (tenant_id, session_id) VALUES :rows ON DUPLICATE KEY UPDATE session_id = VALUES(session_id)
"""
_LOCK_SESSIONS = """
    SELECT tenant_id, session_id, member_id, exercise, started_at_ms, started_by, ended_at_ms,
        first_value_ms, last_value_ms, value_count, device_ids
    FROM sessions WHERE (tenant_id, session_id) IN %s FOR UPDATE
"""
_SAVE_SESSIONS = """
    INSERT INTO sessions
        (tenant_id, session_id, member_id, exercise, started_at_ms, started_by, ended_at_ms,
        first_value_ms, last_value_ms, value_count, device_ids)
    VALUES :rows
    ON DUPLICATE KEY UPDATE
        member_id = VALUES(member_id), exercise = VALUES(exercise), started_at_ms = VALUES(started_at_ms),
        started_by = VALUES(started_by), ended_at_ms = VALUES(ended_at_ms), first_value_ms = VALUES(first_value_ms),
        last_value_ms = VALUES(last_value_ms), value_count = VALUES(value_count),
        device_ids = VALUES(device_ids)
"""
_OWNERS = "SELECT device_id, tenant_id FROM devices WHERE device_id IN %s"
_ADD_EVENTS = """
    INSERT INTO events (tenant_id, device_id, message_id, type, at_ms, session_id, data) VALUES :rows
"""
_NAME_MEMBERS = """
    INSERT INTO members (tenant_id, member_id, named_at_ms) VALUES :rows
    ON DUPLICATE KEY UPDATE named_at_ms = LEAST(named_at_ms, VALUES(named_at_ms))
"""

_device_ids = msgspec.json.Decoder(tuple[str, ...])


def name_members(cursor: Cursor, named_at_ms: Mapping[MemberKey, int]) -> None:
    """Gives members a row that says when they were first named."""
    insert_rows(cursor, _NAME_MEMBERS, [(*key, at_ms) for key, at_ms in sorted(named_at_ms.items())])


class SessionRows:
    """That part of a transaction on readings which is not about values."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def lock_devices(self, keys: Iterable[DeviceKey]) -> dict[DeviceKey, Contact]:
        """See the port."""
        rows = self._lock(_LOCK_CONTACTS, _MAKE_CONTACTS, keys)
        return {contact.key: contact for contact in (_contact(*row) for row in rows)}

    def lock_sessions(self, keys: Iterable[SessionKey]) -> dict[SessionKey, Session]:
        """See the port."""
        rows = self._lock(_LOCK_SESSIONS, _MAKE_SESSIONS, keys)
        return {session.key: session for session in (_session(*row) for row in rows)}

    def owners(self, device_ids: Iterable[str]) -> dict[str, str]:
        """See the port."""
        self._cursor.execute(_OWNERS, [list(device_ids)])
        return dict(self._cursor.fetchall())

    def _lock(self, lock: str, make: str, keys: Iterable[tuple[str, str]]) -> Sequence[tuple[Any, ...]]:
        """Locks rows in the order of their keys, and returns them; those that are missing are made."""
        # PyMySQL writes tuples as rows of values, and none of their subclasses.
        wanted = [tuple(key) for key in sorted(set(keys))]
        if not wanted:
            return []
        self._cursor.execute(lock, [wanted])
        if self._cursor.rowcount < len(wanted):
            insert_rows(self._cursor, make, wanted)
            self._cursor.execute(lock, [wanted])
        return self._cursor.fetchall()

    def save_contacts(self, contacts: Iterable[Contact]) -> None:
        """See the port."""
        insert_rows(self._cursor, _SAVE_CONTACTS, [_contact_row(contact) for contact in contacts])

    def save_sessions(self, sessions: Iterable[Session]) -> None:
        """See the port."""
        insert_rows(self._cursor, _SAVE_SESSIONS, [_session_row(session) for session in sessions])

    def add_events(self, events: Iterable[StoredEvent]) -> None:
        """See the port."""
        insert_rows(self._cursor, _ADD_EVENTS, [(*it.device, it.message_id, it.type, it.at_ms, it.session_id, it.data) for it in events])

    def name_members(self, named_at_ms: Mapping[MemberKey, int]) -> None:
        """See the port."""
        name_members(self._cursor, named_at_ms)


def _contact(*row: Any) -> Contact:
    return Contact(
        key=DeviceKey(*row[:2]),
        last_contact_ms=row[2],
        battery_percent=row[3],
        battery_at_ms=row[4],
        battery_message_id=row[5],
        connection=None if row[6] is None else Connection(bool(row[6]), *row[7:]),
    )


def _contact_row(contact: Contact) -> tuple[object, ...]:
    it = contact.connection
    connection = (None, None, None, None) if it is None else (it.is_online, it.at_ms, it.version, it.session)
    return (
        *contact.key,
        contact.last_contact_ms,
        contact.battery_percent,
        contact.battery_at_ms,
        contact.battery_message_id,
        *connection,
    )


def _session(*row: Any) -> Session:
    return Session(
        key=SessionKey(*row[:2]),
        member_id=row[2],
        exercise=row[3],
        started_at_ms=row[4],
        started_by=row[5],
        ended_at_ms=row[6],
        first_value_ms=row[7],
        last_value_ms=row[8],
        value_count=row[9],
        device_ids=_device_ids.decode(row[10]),
    )


def _session_row(session: Session) -> tuple[object, ...]:
    return (
        *session.key,
        session.member_id,
        session.exercise,
        session.started_at_ms,
        session.started_by,
        session.ended_at_ms,
        session.first_value_ms,
        session.last_value_ms,
        session.value_count,
        msgspec.json.encode(session.device_ids).decode(),
    )
