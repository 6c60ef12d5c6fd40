"""Where devices and provisioning connect to."""

import json
from pathlib import Path

import pytest

from iot.client.settings import GatewayAddress
from iot.errors import ConfigurationError
from iot.stack import control_plane, gateway_ca, read_stack

PEM = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    (tmp_path / "var" / "iot").mkdir(parents=True)
    (tmp_path / "var" / "iot" / "ca.pem").write_text(PEM)
    path = tmp_path / "var" / "stack.json"
    device = {"tenant": "clinic-a", "device_id": "knee-1", "cert_file": "var/knee-1.pem", "key_file": "/keys/knee-1.key", "member": "ada"}
    iot = {"endpoint": "localhost", "port": 8883, "ca_file": "var/iot/ca.pem"}
    path.write_text(json.dumps({"region": "eu-north-1", "aws_endpoint_url": "http://127.0.0.1:4566", "iot": iot, "devices": [device]}))
    return path


def test_the_environment_decides_before_the_stack_file(stack_file: Path) -> None:
    plane = control_plane(environ={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "GONIO_STACK_FILE": str(stack_file), "AWS_REGION": "r"})
    assert (plane.endpoint_url, plane.region, plane.stage) == ("http://127.0.0.1:1", "r", "local")


def test_the_stack_file_tells_endpoint_and_region(stack_file: Path) -> None:
    plane = control_plane(environ={"GONIO_STACK_FILE": str(stack_file)})
    assert (plane.endpoint_url, plane.region) == ("http://127.0.0.1:4566", "eu-north-1")


def test_a_stage_of_aws_needs_no_endpoint_and_a_local_one_does(tmp_path: Path) -> None:
    nowhere = {"GONIO_STACK_FILE": str(tmp_path / "none.json")}
    assert control_plane("production", nowhere).endpoint_url is None
    with pytest.raises(ConfigurationError, match="make up"):
        control_plane("local", nowhere)


def test_relative_files_count_from_the_projects_root(stack_file: Path, tmp_path: Path) -> None:
    stack = read_stack(stack_file)
    assert stack.gateway() == GatewayAddress("localhost", 8883, tmp_path / "var" / "iot" / "ca.pem")
    [device] = stack.devices()
    assert (device.certificate_file, device.key_file) == (tmp_path / "var" / "knee-1.pem", Path("/keys/knee-1.key"))
    assert (device.tenant_id, device.device_id, device.member_id) == ("clinic-a", "knee-1", "ada")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"devices": [{}], "iot": {}}'])
def test_a_stack_file_that_lacks_something_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "stack.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"stack\.json"):
        read_stack(path).gateway()
    with pytest.raises(ConfigurationError, match=r"stack\.json"):
        read_stack(path).devices()


def test_the_gateways_authority_comes_from_the_caller_the_environment_or_the_stack_file(stack_file: Path, tmp_path: Path) -> None:
    (tmp_path / "given.pem").write_text(PEM + "given")
    (tmp_path / "environment.pem").write_text(PEM + "environment")
    from_stack = {"GONIO_STACK_FILE": str(stack_file)}
    from_environment = {**from_stack, "GONIO_IOT_CA_FILE": str(tmp_path / "environment.pem")}
    assert gateway_ca(tmp_path / "given.pem", from_environment).endswith(b"given")
    assert gateway_ca(None, from_environment).endswith(b"environment")
    assert gateway_ca(None, from_stack) == PEM.encode()


def test_without_an_authority_the_sentence_tells_where_amazons_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="AmazonRootCA1"):
        gateway_ca(None, {"GONIO_STACK_FILE": str(tmp_path / "none.json")})


def test_a_file_without_a_certificate_is_no_authority(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("<html>")
    with pytest.raises(ConfigurationError, match="no PEM certificate"):
        gateway_ca(tmp_path / "ca.pem", {})
