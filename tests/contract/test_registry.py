"""What every `Registry` promises: the fake, and MySQL on a real server."""

from dataclasses import replace

import pytest

from chalicelib.adapters.mysql import MySqlDatabase
from chalicelib.adapters.mysql_readings import MySqlReadingStore
from chalicelib.adapters.mysql_registry import MySqlRegistry
from chalicelib.domain.errors import NotFoundError, TakenError
from chalicelib.domain.registry import CertificateStatus, Registration, RegistrationPage
from chalicelib.domain.sessions import DeviceKey
from chalicelib.ports import Registry
from tests.fakes.registry import FakeRegistry


@pytest.fixture(params=["fake", "mysql"])
def registry(request: pytest.FixtureRequest) -> Registry:
    if request.param == "fake":
        return FakeRegistry()
    return MySqlRegistry(request.getfixturevalue("database"))


def _registration(device_id: str = "d-1", tenant_id: str = "t-1") -> Registration:
    return Registration(tenant_id, device_id, "m-1", "ab" * 32, "-----BEGIN CERTIFICATE-----\nMA==\n", CertificateStatus.ACTIVE, 5)


def test_a_device_comes_back_as_it_was_registered(registry: Registry) -> None:
    assert registry.save(_registration()) is True
    assert registry.page(10, None, None) == RegistrationPage([_registration()], more=False)


def test_registering_again_renews_and_keeps_the_first_time(registry: Registry) -> None:
    registry.save(_registration())
    registry.revoke("d-1")
    renewed = replace(_registration(), member_id=None, certificate_id="cd" * 32, registered_at_ms=9)

    assert registry.save(renewed) is False
    assert registry.page(10, None, None).items == [replace(renewed, registered_at_ms=5)]


def test_another_tenant_cannot_take_a_device(registry: Registry) -> None:
    registry.save(_registration())

    with pytest.raises(TakenError):
        registry.save(_registration(tenant_id="t-2"))

    assert registry.page(10, None, None).items == [_registration()]


def test_pages_follow_the_order_of_device_ids(registry: Registry) -> None:
    for device_id in ("d-10", "a", "d-2"):
        registry.save(_registration(device_id))

    first, second = registry.page(2, None, None), registry.page(2, "d-10", None)

    assert ([it.device_id for it in first.items], first.more) == (["a", "d-10"], True)
    assert ([it.device_id for it in second.items], second.more) == (["d-2"], False)


def test_a_tenant_sees_its_own_devices(registry: Registry) -> None:
    registry.save(_registration("a", "t-1"))
    registry.save(_registration("b", "t-2"))

    assert [it.device_id for it in registry.page(10, None, "t-2").items] == ["b"]
    assert registry.page(10, None, "T-2").items == []


def test_a_device_is_found_by_its_id(registry: Registry) -> None:
    registry.save(_registration("d-2", "t-2"))

    assert registry.find("d-2") == _registration("d-2", "t-2")
    assert registry.find("d-1") is None


def test_a_revoked_certificate_stays_revoked(registry: Registry) -> None:
    registry.save(_registration())

    assert registry.revoke("d-1").status is CertificateStatus.REVOKED
    assert registry.revoke("d-1") == registry.page(10, None, None).items[0]


def test_an_unknown_device_cannot_be_revoked(registry: Registry) -> None:
    with pytest.raises(NotFoundError):
        registry.revoke("d-1")


def test_the_registry_tells_when_a_device_was_last_heard_of(database: MySqlDatabase) -> None:
    registry = MySqlRegistry(database)
    registry.save(_registration())
    with MySqlReadingStore(database).transaction() as transaction:
        (contact,) = transaction.lock_devices([DeviceKey("t-1", "d-1")]).values()
        transaction.save_contacts([contact.heard_at(77)])

    assert registry.page(1, None, None).items[0].last_contact_at_ms == 77
