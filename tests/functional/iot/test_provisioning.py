"""Provisioning against moto's IoT control plane and the platform's registry interface."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from moto import mock_aws

from chalicelib.domain.registry import CertificateStatus
from iot.errors import NotFound, ProvisioningError
from iot.provisioning.control_plane import IotControlPlane
from iot.provisioning.files import DeviceFiles
from iot.provisioning.register import Enrolment, Provisioner
from iot.provisioning.registry import Registry
from iot.provisioning.restore import restore
from tests.functional.iot.devices_service import FakeDevicesService

if TYPE_CHECKING:
    from mypy_boto3_iot import IoTClient

CA = b"-----BEGIN CERTIFICATE-----\nthe gateway's\n-----END CERTIFICATE-----\n"
KNEE = Enrolment("clinic-a", "knee-1", "ada")


@pytest.fixture
def iot() -> Iterator["IoTClient"]:
    with mock_aws():
        client = boto3.client("iot", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_policy(policyName="device", policyDocument="{}")
        yield client


@pytest.fixture
def service() -> FakeDevicesService:
    return FakeDevicesService()


@pytest.fixture
def provisioner(iot: "IoTClient", service: FakeDevicesService) -> Provisioner:
    return Provisioner(IotControlPlane(iot, "device", "tracker"), Registry(service))


@pytest.fixture
def files(tmp_path: Path) -> DeviceFiles:
    return DeviceFiles(tmp_path / "kit", "knee-1")


def states(iot: "IoTClient") -> dict[str, str]:
    return {item["certificateId"]: item["status"] for item in iot.list_certificates()["certificates"]}


def test_a_registered_device_has_thing_certificate_policy_and_registration(
    iot: "IoTClient", service: FakeDevicesService, provisioner: Provisioner, files: DeviceFiles
) -> None:
    certificate = provisioner.register(KNEE, files, CA)
    assert iot.describe_thing(thingName="knee-1")["attributes"] == {"tenant": "clinic-a"}
    assert iot.list_thing_principals(thingName="knee-1")["principals"] == [certificate.arn]
    assert iot.list_targets_for_policy(policyName="device")["targets"] == [certificate.arn]
    assert states(iot) == {certificate.certificate_id: "ACTIVE"}
    registered = service.registry.devices["knee-1"]
    assert (registered.tenant_id, registered.member_id) == ("clinic-a", "ada")
    assert (registered.certificate_id, registered.certificate_pem) == (certificate.certificate_id, certificate.pem)


def test_a_registered_devices_files_are_its_certificate_its_key_for_the_owner_only_and_the_gateways_authority(
    provisioner: Provisioner, files: DeviceFiles
) -> None:
    certificate = provisioner.register(KNEE, files, CA)
    assert isinstance(load_pem_private_key(files.key_file.read_bytes(), None), ec.EllipticCurvePrivateKey)
    assert files.certificate_file.read_text() == certificate.pem
    assert stat.S_IMODE(files.key_file.stat().st_mode) == 0o600
    assert files.ca_file.read_bytes() == CA
    assert sorted(path.name for path in files.folder.iterdir()) == ["ca.pem", "knee-1.key", "knee-1.pem"]


def test_registering_again_replaces_the_certificate_and_keeps_the_member(
    iot: "IoTClient", service: FakeDevicesService, provisioner: Provisioner, files: DeviceFiles
) -> None:
    old = provisioner.register(KNEE, files, CA)
    new = provisioner.register(Enrolment("clinic-a", "knee-1"), files, CA)
    assert states(iot) == {old.certificate_id: "REVOKED", new.certificate_id: "ACTIVE"}
    assert iot.list_thing_principals(thingName="knee-1")["principals"] == [new.arn]
    assert service.registry.devices["knee-1"].member_id == "ada"
    assert files.certificate_file.read_text() == new.pem


def test_another_tenants_device_is_refused_before_anything_changes(
    iot: "IoTClient", service: FakeDevicesService, provisioner: Provisioner, files: DeviceFiles, tmp_path: Path
) -> None:
    provisioner.register(KNEE, files, CA)
    before = (states(iot), dict(service.registry.devices))
    with pytest.raises(ProvisioningError, match="another tenant"):
        provisioner.register(Enrolment("clinic-b", "knee-1"), DeviceFiles(tmp_path / "other", "knee-1"), CA)
    assert (states(iot), service.registry.devices) == before
    assert not (tmp_path / "other").exists()


def test_a_device_that_only_the_registry_knows_is_still_its_tenants(
    iot: "IoTClient", service: FakeDevicesService, provisioner: Provisioner, files: DeviceFiles
) -> None:
    elsewhere = FakeDevicesService()
    Provisioner(provisioner.control_plane, Registry(elsewhere)).register(KNEE, files, CA)
    service.registry.devices = elsewhere.registry.devices
    iot.update_thing(thingName="knee-1", attributePayload={"attributes": {"tenant": "clinic-b"}})
    with pytest.raises(ProvisioningError, match="another tenant"):
        provisioner.register(Enrolment("clinic-b", "knee-1"), files, CA)


@pytest.mark.parametrize(
    "enrolment", [Enrolment("a b", "knee-1"), Enrolment("a", "Knee"), Enrolment("a", "k" * 65), Enrolment("a", "k", "")]
)
def test_ids_that_the_contract_does_not_allow_are_refused(
    iot: "IoTClient", provisioner: Provisioner, files: DeviceFiles, enrolment: Enrolment
) -> None:
    with pytest.raises(ProvisioningError, match="is not a"):
        provisioner.register(enrolment, files, CA)
    assert iot.list_things()["things"] == []


def test_without_the_policy_nothing_is_created(iot: "IoTClient", provisioner: Provisioner, files: DeviceFiles) -> None:
    iot.delete_policy(policyName="device")
    with pytest.raises(ProvisioningError, match="is the stack deployed"):
        provisioner.register(KNEE, files, CA)
    assert iot.list_things()["things"] == []
    assert states(iot) == {}


def test_a_failure_half_way_leaves_the_old_certificate_working_and_the_next_run_succeeds(
    iot: "IoTClient", service: FakeDevicesService, provisioner: Provisioner, files: DeviceFiles
) -> None:
    old = provisioner.register(KNEE, files, CA)
    service.broken = {"PUT"}
    with pytest.raises(ProvisioningError, match="does not answer"):
        provisioner.register(KNEE, files, CA)
    active = [certificate_id for certificate_id, state in states(iot).items() if state == "ACTIVE"]
    assert active == [old.certificate_id]
    assert iot.list_thing_principals(thingName="knee-1")["principals"] == [old.arn]
    assert files.certificate_file.read_text() == old.pem
    service.broken = set()
    new = provisioner.register(KNEE, files, CA)
    assert iot.list_thing_principals(thingName="knee-1")["principals"] == [new.arn]


def test_when_the_files_cannot_be_written_the_registry_goes_back_to_the_old_certificate(
    iot: "IoTClient", service: FakeDevicesService, provisioner: Provisioner, files: DeviceFiles
) -> None:
    old = provisioner.register(KNEE, files, CA)
    (files.folder / ".knee-1.pem.new").mkdir()
    with pytest.raises(ProvisioningError, match="cannot be written"):
        provisioner.register(KNEE, files, CA)
    assert service.registry.devices["knee-1"].certificate_id == old.certificate_id
    assert states(iot)[old.certificate_id] == "ACTIVE"


def test_a_revoked_device_has_no_certificate_anywhere(
    iot: "IoTClient", service: FakeDevicesService, provisioner: Provisioner, files: DeviceFiles
) -> None:
    certificate = provisioner.register(KNEE, files, CA)
    assert provisioner.revoke("knee-1") == 1
    assert states(iot) == {certificate.certificate_id: "REVOKED"}
    assert iot.list_thing_principals(thingName="knee-1")["principals"] == []
    assert iot.list_targets_for_policy(policyName="device")["targets"] == []
    assert service.registry.devices["knee-1"].status is CertificateStatus.REVOKED


def test_revoking_an_unknown_device_says_so(provisioner: Provisioner) -> None:
    with pytest.raises(NotFound, match="knee-9 is not registered"):
        provisioner.revoke("knee-9")


def test_a_revocation_that_failed_half_way_is_finished_by_the_next(
    iot: "IoTClient", service: FakeDevicesService, provisioner: Provisioner, files: DeviceFiles
) -> None:
    certificate = provisioner.register(KNEE, files, CA)
    service.broken = {"DELETE"}
    with pytest.raises(ProvisioningError):
        provisioner.revoke("knee-1")
    assert states(iot) == {certificate.certificate_id: "REVOKED"}
    service.broken = set()
    provisioner.revoke("knee-1")
    assert service.registry.devices["knee-1"].status is CertificateStatus.REVOKED


def test_restoring_brings_lost_devices_back_under_their_ids_and_skips_what_is_there(service: FakeDevicesService, tmp_path: Path) -> None:
    with mock_aws():
        first = boto3.client("iot", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
        first.create_policy(policyName="device", policyDocument="{}")
        before = Provisioner(IotControlPlane(first, "device", "tracker"), Registry(service))
        made = {
            name: before.register(Enrolment("clinic-a", name), DeviceFiles(tmp_path, name), CA) for name in ("knee-1", "knee-2", "hip-1")
        }
        before.revoke("hip-1")
    with mock_aws():
        client = boto3.client("iot", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_policy(policyName="device", policyDocument="{}")
        plane = IotControlPlane(client, "device", "tracker")
        done = restore(Registry(service), plane)
        assert (done.restored, done.present, done.revoked_devices, done.failed) == (2, 0, 1, ())
        assert states(client) == {made["knee-1"].certificate_id: "ACTIVE", made["knee-2"].certificate_id: "ACTIVE"}
        assert client.describe_thing(thingName="knee-1")["attributes"] == {"tenant": "clinic-a"}
        assert len(client.list_thing_principals(thingName="knee-1")["principals"]) == 1
        assert len(client.list_targets_for_policy(policyName="device")["targets"]) == 2
        again = restore(Registry(service), plane)
        assert (again.restored, again.present) == (0, 2)


def test_restoring_never_brings_a_revoked_certificate_back(
    iot: "IoTClient", service: FakeDevicesService, provisioner: Provisioner, files: DeviceFiles
) -> None:
    certificate = provisioner.register(KNEE, files, CA)
    service.broken = {"DELETE"}
    with pytest.raises(ProvisioningError):
        provisioner.revoke("knee-1")
    done = restore(provisioner.registry, provisioner.control_plane)
    assert [failure.split(":")[0] for failure in done.failed] == ["knee-1"]
    assert states(iot) == {certificate.certificate_id: "REVOKED"}
