"""AWS's SDK unchanged: what a device may do works, and what it may not is refused as IoT Core refuses it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from awscrt.exceptions import AwsCrtError
from awscrt.mqtt5 import ConnectReasonCode, PubackReasonCode, SubackReasonCode
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.e2e.connecting import Credentials, connack, device, mqtt5_session, mqtt311_connection, qos1
from tests.e2e.local_stack import ROOT, LocalStack, until

TELEMETRY = "dt/gonio/clinic-north/north-tracker-1/telemetry"
OTHERS_TELEMETRY = "dt/gonio/clinic-north/north-tracker-2/telemetry"
OTHER_TENANTS_TELEMETRY = "dt/gonio/clinic-south/north-tracker-1/telemetry"


def _payload(label: str) -> bytes:
    series = [{"metric": "knee_flexion_left", "unit": "deg", "t0": int(time.time() * 1000), "values": [42.5]}]
    return json.dumps({"v": 1, "id": label, "series": series}).encode()


@pytest.fixture
def north(running: LocalStack) -> Credentials:
    return device(running, "north-tracker-1")


def _provisioning(stack: LocalStack, *arguments: str) -> str:
    command = [sys.executable, "-m", "iot.provisioning", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=_environment(stack), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _environment(stack: LocalStack) -> dict[str, str]:
    return {**os.environ, "GONIO_STACK_FILE": str(stack.file), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture
def newcomer(running: LocalStack, tmp_path: Path, request: pytest.FixtureRequest) -> Credentials:
    name = f"newcomer-{abs(hash(request.node.name)) % 10**8}"
    _provisioning(running, "register", "--tenant", "clinic-north", "--device", name, "--out", str(tmp_path))
    return Credentials(str(tmp_path / f"{name}.pem"), str(tmp_path / f"{name}.key"), name)


def test_a_device_publishes_with_mqtt_5_and_its_value_is_stored(running: LocalStack, north: Credentials) -> None:
    label = f"sdk5-{time.time_ns()}"
    with mqtt5_session(running, north) as session:
        assert connack(session) == ConnectReasonCode.SUCCESS
        assert session.publish(TELEMETRY, _payload(label)) == PubackReasonCode.SUCCESS
    until(lambda: running.query("SELECT 1 FROM messages WHERE message_id = %s", label), 30, "the message to be stored")


def test_a_device_publishes_with_mqtt_311_and_its_value_is_stored(running: LocalStack, north: Credentials) -> None:
    label = f"sdk311-{time.time_ns()}"
    with mqtt311_connection(running, north) as connection:
        connection.connect().result(15)
        published, _ = connection.publish(TELEMETRY, _payload(label), qos1())
        published.result(15)
    until(lambda: running.query("SELECT 1 FROM messages WHERE message_id = %s", label), 30, "the message to be stored")


@pytest.mark.parametrize(
    "topic", [OTHERS_TELEMETRY, OTHER_TENANTS_TELEMETRY, "elsewhere", "$aws/rules/gonio_local_telemetry/" + OTHERS_TELEMETRY]
)
def test_an_unauthorised_publish_is_refused_and_ends_a_mqtt_5_connection(running: LocalStack, north: Credentials, topic: str) -> None:
    with mqtt5_session(running, north) as session:
        assert connack(session) == ConnectReasonCode.SUCCESS
        assert session.publish(topic) == PubackReasonCode.NOT_AUTHORIZED
        assert session.disconnected.result(15)


def test_an_unauthorised_publish_ends_a_mqtt_311_connection(running: LocalStack, north: Credentials) -> None:
    lost = Event()
    with mqtt311_connection(running, north, lost.set) as connection:
        connection.connect().result(15)
        connection.publish(OTHERS_TELEMETRY, b"{}", qos1())
        assert lost.wait(15)


def test_an_unauthorised_subscription_is_refused(running: LocalStack, north: Credentials) -> None:
    with mqtt5_session(running, north) as session:
        assert connack(session) == ConnectReasonCode.SUCCESS
        assert session.subscribe("cmd/gonio/clinic-north/north-tracker-1/#") == SubackReasonCode.GRANTED_QOS_1
        assert session.subscribe("cmd/gonio/clinic-north/north-tracker-2/#") == SubackReasonCode.NOT_AUTHORIZED


def test_anothers_client_id_is_refused(running: LocalStack, north: Credentials) -> None:
    impostor = Credentials(north.cert_file, north.key_file, "north-tracker-2")
    with mqtt5_session(running, impostor) as session:
        assert connack(session) == ConnectReasonCode.NOT_AUTHORIZED


def test_anothers_client_id_is_refused_with_mqtt_311(running: LocalStack, north: Credentials) -> None:
    impostor = Credentials(north.cert_file, north.key_file, "north-tracker-2")
    with mqtt311_connection(running, impostor) as connection, pytest.raises(AwsCrtError):
        connection.connect().result(15)


def test_a_certificate_of_a_strange_authority_ends_the_handshake_before_any_connack(running: LocalStack, tmp_path: Path) -> None:
    with mqtt5_session(running, _stranger(tmp_path)) as session:
        assert str(connack(session)).startswith("AWS_IO_SOCKET_CLOSED")


def test_an_inactive_certificate_is_refused_until_it_is_active_again(running: LocalStack, newcomer: Credentials) -> None:
    iot, certificate = running.client("iot"), _certificate_id(newcomer)
    iot.update_certificate(certificateId=certificate, newStatus="INACTIVE")
    with mqtt5_session(running, newcomer) as session:
        assert connack(session) == ConnectReasonCode.NOT_AUTHORIZED
    iot.update_certificate(certificateId=certificate, newStatus="ACTIVE")
    until(lambda: _connects(running, newcomer), 20, "the certificate to be taken again")


def test_a_revoked_device_is_cut_off_within_ten_seconds_and_refused_afterwards(running: LocalStack, newcomer: Credentials) -> None:
    with mqtt5_session(running, newcomer) as session:
        assert connack(session) == ConnectReasonCode.SUCCESS
        _provisioning(running, "revoke", "--device", newcomer.client_id)
        assert session.disconnected.result(10)
    with mqtt5_session(running, newcomer) as session:
        assert connack(session) == ConnectReasonCode.NOT_AUTHORIZED


def test_a_second_connection_takes_over_from_the_first(running: LocalStack, north: Credentials) -> None:
    with mqtt5_session(running, north) as first:
        assert connack(first) == ConnectReasonCode.SUCCESS
        with mqtt5_session(running, north) as second:
            assert connack(second) == ConnectReasonCode.SUCCESS
            assert first.disconnected.result(15)


def test_a_command_reaches_its_device_alone(running: LocalStack, newcomer: Credentials) -> None:
    topic = f"cmd/gonio/clinic-north/{newcomer.client_id}/blink"
    with mqtt5_session(running, newcomer) as session:
        assert connack(session) == ConnectReasonCode.SUCCESS
        session.subscribe(f"cmd/gonio/clinic-north/{newcomer.client_id}/#")
        running.client("iot").create_topic_rule(ruleName="e2e_blink", topicRulePayload=_blink_rule(newcomer, topic))
        try:
            until(lambda: _blinked(session, newcomer), 20, "the command to arrive")
        finally:
            running.client("iot").delete_topic_rule(ruleName="e2e_blink")
    assert {packet.topic for packet in session.received} == {topic}


def _blink_rule(newcomer: Credentials, topic: str) -> dict[str, Any]:
    """Republishes a device's battery events to its own command topic."""
    republish = {"republish": {"topic": topic, "roleArn": "arn:aws:iam::000000000000:role/any", "qos": 1}}
    return {
        "sql": f"SELECT * FROM 'dt/gonio/clinic-north/{newcomer.client_id}/event'",
        "awsIotSqlVersion": "2016-03-23",
        "actions": [republish],
    }


def _blinked(session: Any, newcomer: Credentials) -> bool:
    event = {"v": 1, "id": f"b-{time.time_ns()}", "type": "battery", "at": int(time.time() * 1000), "data": {"percent": 50}}
    session.publish(f"dt/gonio/clinic-north/{newcomer.client_id}/event", json.dumps(event).encode())
    return bool(session.received)


def _connects(stack: LocalStack, who: Credentials) -> bool:
    with mqtt5_session(stack, who) as session:
        return bool(connack(session) == ConnectReasonCode.SUCCESS)


def _certificate_id(who: Credentials) -> str:
    certificate = x509.load_pem_x509_certificate(Path(who.cert_file).read_bytes())
    return certificate.fingerprint(hashes.SHA256()).hex()


def _stranger(folder: Path) -> Credentials:
    """A self-signed certificate that nobody registered."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "north-tracker-1")])
    known = x509.load_pem_x509_certificate((ROOT / "var/test/certificates/ca.pem").read_bytes())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(known.not_valid_before_utc)
        .not_valid_after(known.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    (folder / "stranger.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "stranger.key").write_bytes(private)
    return Credentials(str(folder / "stranger.pem"), str(folder / "stranger.key"), "north-tracker-1")
