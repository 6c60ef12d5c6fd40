"""Processes that are killed and services that fail, one at a time: what was acknowledged is on the stream, and devices go on."""

import itertools
import json

from emulator.iot_core.mqtt.packets import Acknowledgement, Connect, Disconnect, Kind, Publish, Subscribe, Subscription, Version, Will
from emulator.iot_core.mqtt.properties import Properties, Property
from emulator.iot_core.mqtt.reasons import Reason
from tests.emulator.iot_core.installation import Installation, until
from tests.emulator.iot_core.pki import Identity
from tests.emulator.iot_core.wire_client import Closed, WireClient

TO_STREAM = {"kinesis": {"roleArn": "r", "streamName": "telemetry", "partitionKey": "k"}}
PERSISTENT = Properties.of((Property.SESSION_EXPIRY_INTERVAL, 600))


def started(plane: Installation, name: str) -> Identity:
    """A running plane with a device and a rule that streams what it publishes."""
    identity = plane.device(name)
    plane.aws.state.rule("stream", "SELECT * FROM 'dt/#'", TO_STREAM)
    plane.start()
    return identity


def connected(plane: Installation, identity: Identity, name: str) -> WireClient:
    """A connection, as soon as the plane takes one."""

    def attempt() -> WireClient | None:
        try:
            device = WireClient(plane, identity)
        except OSError:
            return None
        try:
            if device.connect(name, Connect(Version.V5, name, False, properties=PERSISTENT)).code == 0:
                return device
        except (Closed, OSError):
            pass
        device.close()
        return None

    found: WireClient = until(attempt, "a connection")
    return found


def on_stream(plane: Installation) -> set[int]:
    """The numbers that are on the stream."""
    return {json.loads(data)["n"] for _, _, data in plane.aws.state.records}


class Sender:
    """Publishes numbers, a window at a time, and keeps what was not acknowledged for the next connection."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.unacknowledged: dict[int, int] = {}
        self.acknowledged: set[int] = set()

    def send_window(self, device: WireClient, size: int = 50) -> None:
        """Sends until `size` are under way."""
        while len(self.unacknowledged) < size:
            number = next(self._numbers)
            self.unacknowledged[number % 0xFFFF + 1] = number
            device.send(self._publish(number, dup=False))

    def send_again(self, device: WireClient) -> None:
        """What a client does on a new connection."""
        device.send(*(self._publish(number, dup=True) for number in self.unacknowledged.values()))

    def take(self, device: WireClient) -> None:
        """Takes one acknowledgement."""
        packet = device.receive()
        if isinstance(packet, Disconnect):
            raise Closed
        assert isinstance(packet, Acknowledgement)
        self.acknowledged.add(self.unacknowledged.pop(packet.packet_id))

    @staticmethod
    def _publish(number: int, *, dup: bool) -> Publish:
        return Publish("dt/x", json.dumps({"n": number}).encode(), 1, number % 0xFFFF + 1, dup=dup)


def stream_until_lost(sender: Sender, device: WireClient) -> None:
    """Publishes and takes acknowledgements until the connection breaks."""
    try:
        while True:
            sender.send_window(device)
            sender.take(device)
    except (Closed, OSError):
        device.close()


def test_a_puback_is_held_while_the_stream_fails(own_plane: Installation) -> None:
    identity = started(own_plane, "patient")
    with connected(own_plane, identity, "patient") as device:
        own_plane.aws.state.failing.add("kinesis")
        device.send(Publish("dt/x", b'{"n":1}', 1, 1), Publish("other", b"", 1, 2))
        assert device.silent(0.7)
        own_plane.aws.state.failing.discard("kinesis")
        assert [device.receive(), device.receive()] == [Acknowledgement(Kind.PUBACK, 1), Acknowledgement(Kind.PUBACK, 2)]
    assert on_stream(own_plane) == {1}


def test_a_killed_gateway_loses_nothing_that_it_acknowledged(own_plane: Installation) -> None:
    identity = started(own_plane, "survivor")
    own_plane.aws.state.record_failures = 0.02
    sender = Sender()
    for _ in range(2):
        device = connected(own_plane, identity, "survivor")
        sender.send_again(device)
        target = len(sender.acknowledged) + 150
        while len(sender.acknowledged) < target:
            sender.send_window(device)
            sender.take(device)
        own_plane.kill_gateway()
        stream_until_lost(sender, device)
        assert sender.acknowledged <= on_stream(own_plane)
        own_plane.start_gateway()
    with connected(own_plane, identity, "survivor") as device:
        sender.send_again(device)
        while sender.unacknowledged:
            sender.take(device)
    assert len(sender.acknowledged) >= 300
    assert sender.acknowledged <= on_stream(own_plane)


def test_a_killed_gateway_s_successor_tells_who_is_gone(own_plane: Installation) -> None:
    identity, watcher = started(own_plane, "gone"), own_plane.device("watcher")
    own_plane.aws.state.rule(
        "gone", "SELECT * FROM '$aws/events/presence/disconnected/gone'", {"lambda": {"functionArn": "arn:aws:lambda:x:0:function:f"}}
    )
    own_plane.aws.state.rule("wills", "SELECT * FROM 'wills/gone'", {"lambda": {"functionArn": "arn:aws:lambda:x:0:function:w"}})
    own_plane.until_rules()
    with connected(own_plane, watcher, "watcher") as other, WireClient(own_plane, identity) as device:
        other.send(Subscribe(1, (Subscription("wills/#", 1), Subscription("$aws/events/presence/disconnected/gone", 1))))
        other.receive()
        device.connect("gone", Connect(Version.V5, "gone", will=Will("wills/gone", b"bye", 1)))
        own_plane.kill_gateway()
    own_plane.start_gateway()
    with connected(own_plane, watcher, "watcher") as other:
        topics = {packet.topic for packet in (other.receive(), other.receive()) if isinstance(packet, Publish)}
    assert topics == {"wills/gone", "$aws/events/presence/disconnected/gone"}
    until(lambda: len(own_plane.aws.state.events) == 2, "both rules have run")


def test_devices_go_on_after_the_broker_was_killed(own_plane: Installation) -> None:
    identity = started(own_plane, "steady")
    sender = Sender()
    device = connected(own_plane, identity, "steady")
    sender.send_window(device)
    sender.take(device)
    own_plane.kill_broker()
    stream_until_lost(sender, device)
    with WireClient(own_plane, identity) as refused:
        assert refused.connect("steady").code == Reason.SERVER_UNAVAILABLE
    own_plane.start_broker()
    with connected(own_plane, identity, "steady") as device:
        sender.send_again(device)
        while sender.unacknowledged:
            sender.take(device)
    assert sender.acknowledged <= on_stream(own_plane)


def test_a_gateway_lets_nobody_in_before_it_knows_the_rules(own_plane: Installation) -> None:
    identity = own_plane.device("early")
    own_plane.aws.state.rule("stream", "SELECT * FROM 'dt/#'", TO_STREAM)
    own_plane.aws.state.failing.add("iot")
    own_plane.start()
    with WireClient(own_plane, identity) as device:
        device.send(Connect(Version.V5, "early"))
        assert device.silent(0.5)
        own_plane.aws.state.failing.discard("iot")
        device.receive()
        assert device.publish("dt/x", b'{"n":1}') == 0
    assert on_stream(own_plane) == {1}


def test_a_gateway_that_is_asked_to_end_says_so_to_its_clients(own_plane: Installation) -> None:
    identity = started(own_plane, "dismissed")
    with connected(own_plane, identity, "dismissed") as device:
        assert own_plane.gateway
        own_plane.gateway.terminate()
        assert device.receive().reason == Reason.SERVER_SHUTTING_DOWN  # type: ignore[union-attr]
        assert own_plane.gateway.wait(10) == 0


def test_a_gateway_that_still_waits_for_the_broker_ends_when_it_is_asked_to(own_plane: Installation) -> None:
    own_plane.aws.start()
    own_plane.start_gateway(wait=False)
    until(lambda: "broker does not answer" in own_plane.log, "the gateway has looked for the broker")
    assert own_plane.gateway
    own_plane.gateway.terminate()
    assert own_plane.gateway.wait(10) == 0


def test_a_busy_port_is_said_in_one_sentence(own_plane: Installation) -> None:
    started(own_plane, "busy")
    first = own_plane.gateway
    own_plane.start_gateway(wait=False)
    assert first
    assert own_plane.gateway
    try:
        assert own_plane.gateway.wait(20) == 1
    finally:
        own_plane.gateway = first
    assert f"device gateway on 127.0.0.1:{own_plane.port} cannot start: " in own_plane.log.splitlines()[-1]


def test_a_gateway_opens_its_port_only_when_the_broker_answers(own_plane: Installation) -> None:
    own_plane.aws.start()
    own_plane.start_gateway(wait=False)
    until(lambda: "broker does not answer" in own_plane.log, "the gateway has looked for the broker")
    assert not own_plane.listening()
    own_plane.start_broker()
    until(own_plane.listening, "the gateway's port")
