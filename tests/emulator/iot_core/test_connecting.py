"""Who may connect, what a connection is told, and what ends it from outside."""

import json
import ssl

import pytest

from emulator.iot_core.identities import FRESH_S
from emulator.iot_core.mqtt.packets import Connect, Disconnect, Pingreq, Pingresp, Version
from emulator.iot_core.mqtt.properties import Properties, Property
from emulator.iot_core.mqtt.reasons import Reason, ReturnCode
from tests.emulator.iot_core.installation import ALLOW_ALL, Installation, policy, statement, until
from tests.emulator.iot_core.pki import Authority
from tests.emulator.iot_core.wire_client import Closed, WireClient


def test_a_client_is_told_iot_core_s_limits(plane: Installation) -> None:
    identity = plane.device("limits")
    with WireClient(plane, identity) as device:
        told = device.connect("limits", Connect(Version.V5, "limits", keep_alive_s=5)).properties.values
    assert told[Property.RECEIVE_MAXIMUM] == 100
    assert told[Property.MAXIMUM_QOS] == 1
    assert told[Property.TOPIC_ALIAS_MAXIMUM] == 8
    assert told[Property.RETAIN_AVAILABLE] == 1
    assert told[Property.SERVER_KEEP_ALIVE] == 30
    assert told[Property.SUBSCRIPTION_IDENTIFIERS_AVAILABLE] == 0
    assert Property.ASSIGNED_CLIENT_IDENTIFIER not in told


@pytest.mark.parametrize(("asked_s", "holds_s"), [(0, 0), (600, 600), (0xFFFF_FFFF, 7 * 24 * 3600)])
def test_a_session_lives_at_most_a_week(plane: Installation, asked_s: int, holds_s: int) -> None:
    identity = plane.device("expiry")
    connect = Connect(Version.V5, "expiry", properties=Properties.of((Property.SESSION_EXPIRY_INTERVAL, asked_s)))
    with WireClient(plane, identity) as device:
        told = device.connect("expiry", connect).properties
    assert told.integer(Property.SESSION_EXPIRY_INTERVAL, -1) == holds_s


def test_a_client_without_an_id_gets_one(plane: Installation) -> None:
    identity = plane.device("nameless")
    with WireClient(plane, identity) as device:
        assert device.connect("").properties.text(Property.ASSIGNED_CLIENT_IDENTIFIER)


NOT_AUTHORIZED = pytest.mark.parametrize(
    ("version", "code"), [(Version.V5, Reason.NOT_AUTHORIZED), (Version.V311, ReturnCode.NOT_AUTHORIZED)]
)


@pytest.mark.parametrize("status", ["INACTIVE", "REVOKED", "PENDING_TRANSFER"])
@NOT_AUTHORIZED
def test_only_an_active_certificate_connects(plane: Installation, status: str, version: Version, code: int) -> None:
    name = f"status-{status}-{version}"
    identity = plane.device(name)
    plane.aws.state.certificates[identity.id] = status
    with WireClient(plane, identity, version=version) as device:
        assert device.connect(name).code == code
        with pytest.raises(Closed):
            device.receive()


@NOT_AUTHORIZED
def test_a_certificate_that_the_authority_signed_and_nobody_registered_is_refused(plane: Installation, version: Version, code: int) -> None:
    name = f"unregistered-{version}"
    with WireClient(plane, plane.authority.device(name), version=version) as device:
        assert device.connect(name).code == code
        with pytest.raises(Closed):
            device.receive()
    assert "certificate is not registered" in plane.log


@pytest.mark.parametrize("version", list(Version))
def test_another_s_client_id_is_refused(plane: Installation, version: Version) -> None:
    own = policy(statement("Allow", "iot:Connect", "client/${iot:Connection.Thing.ThingName}"))
    identity = plane.device(f"own-{version}", own)
    with WireClient(plane, identity, version=version) as device:
        assert device.connect("someone-else").code == (Reason.NOT_AUTHORIZED if version is Version.V5 else ReturnCode.NOT_AUTHORIZED)
    with WireClient(plane, identity, version=version) as device:
        assert device.connect(f"own-{version}").code == 0


def test_a_client_id_has_at_most_128_bytes(plane: Installation) -> None:
    identity = plane.device("long-id")
    with WireClient(plane, identity) as device:
        assert device.connect("ä" * 65).code == Reason.CLIENT_IDENTIFIER_NOT_VALID
    with WireClient(plane, identity) as device:
        assert device.connect("ä" * 64).code == 0


def test_a_connection_needs_a_server_name(plane: Installation) -> None:
    identity = plane.device("no-sni")
    with pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
        WireClient(plane, identity, server_name=None)


def test_a_connection_needs_a_certificate_that_the_authority_signed(plane: Installation) -> None:
    (plane.folder / "foreign").mkdir(exist_ok=True)
    foreign = Authority(plane.folder / "foreign", "foreign").device("stranger")
    for identity in (None, foreign):
        with WireClient(plane, identity) as device, pytest.raises(Closed):  # before any CONNACK; `test_tls` has the reasons
            device.connect("stranger")


def test_a_certificate_that_was_registered_without_its_authority_connects(plane: Installation) -> None:
    (plane.folder / "own").mkdir(exist_ok=True)
    identity = Authority(plane.folder / "own", "own").device("independent")
    state = plane.aws.state
    state.foreign[identity.id] = identity.certificate.read_text()
    state.certificates[identity.id] = "ACTIVE"
    state.policies["independent"] = ALLOW_ALL
    state.attached["independent"] = {identity.id}
    until(lambda: f"certificate {identity.id[:12]}" in plane.log, "the gateway trusts it")
    with WireClient(plane, identity) as device:
        assert device.connect("independent").code == 0


def test_a_device_that_is_set_right_comes_in_at_once(plane: Installation) -> None:
    identity = plane.device("pardoned")
    plane.aws.state.certificates[identity.id] = "INACTIVE"
    with WireClient(plane, identity) as device:
        assert device.connect("pardoned").code == Reason.NOT_AUTHORIZED
    plane.aws.state.certificates[identity.id] = "ACTIVE"

    def comes_in() -> bool:
        with WireClient(plane, identity) as device:
            return device.connect("pardoned").code == 0

    until(comes_in, "the certificate's new status", FRESH_S - 0.5)


@pytest.mark.parametrize("version", list(Version))
def test_the_newer_connection_of_a_client_id_wins(plane: Installation, version: Version) -> None:
    name = f"twice-{version}"
    identity = plane.device(name)
    with WireClient(plane, identity, version=version) as first, WireClient(plane, identity, version=version) as second:
        first.connect(name)
        second.connect(name)
        if version is Version.V5:
            assert first.receive() == Disconnect(Reason.SESSION_TAKEN_OVER)
        with pytest.raises(Closed):
            first.receive()
        second.send(Pingreq())
        assert second.receive() == Pingresp()


@pytest.mark.parametrize("how", ["deactivated", "deleted", "detached", "policy denies"])
def test_a_live_connection_ends_with_its_right_to_connect(plane: Installation, how: str) -> None:
    name = f"ends-{how.replace(' ', '-')}"
    identity = plane.device(name)
    state = plane.aws.state
    with WireClient(plane, identity) as device:
        device.connect(name)
        match how:
            case "deactivated":
                state.certificates[identity.id] = "INACTIVE"
            case "deleted":
                del state.certificates[identity.id]
            case "detached":
                state.attached[f"policy-{name}"] = set()
            case _:
                state.policies[f"policy-{name}"] = policy(json.loads(ALLOW_ALL)["Statement"][0], statement("Deny", "iot:Connect", "*"))
        assert device.receive() == Disconnect(Reason.NOT_AUTHORIZED)


def test_what_is_known_holds_while_the_control_plane_is_down(plane: Installation) -> None:
    known, unknown = plane.device("known"), plane.device("unknown")
    with WireClient(plane, known) as device:
        device.connect("known")
    try:
        plane.aws.state.failing.add("iot")
        until(lambda: "all stays as known" in plane.log, "the gateway notices")
        with WireClient(plane, known) as device:
            assert device.connect("known").code == 0
            assert device.publish("any/topic", b"{}") == 0
        for version, code in ((Version.V5, Reason.SERVER_UNAVAILABLE), (Version.V311, ReturnCode.SERVER_UNAVAILABLE)):
            with WireClient(plane, unknown, version=version) as device:
                assert device.connect("unknown").code == code
    finally:
        plane.aws.state.failing.discard("iot")


def test_a_first_packet_that_is_no_connect_closes(plane: Installation) -> None:
    identity = plane.device("rude")
    with WireClient(plane, identity) as device:
        device.send(Pingreq())
        with pytest.raises(Closed):
            device.receive()


def test_a_second_connect_closes(plane: Installation) -> None:
    identity = plane.device("again")
    with WireClient(plane, identity) as device:
        device.connect("again")
        device.send(Connect(Version.V5, "again"))
        assert device.receive() == Disconnect(Reason.PROTOCOL_ERROR)
