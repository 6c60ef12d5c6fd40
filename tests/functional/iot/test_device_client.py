"""The device client on the real SDK against a real broker with mutual TLS."""

from collections.abc import Callable
from pathlib import Path

import pytest

from iot.client.awscrt_mqtt import AwsCrtTransport
from iot.client.device import DeviceClient, DeviceEvents
from iot.client.outbox import Outbox
from iot.client.settings import DeviceIdentity
from iot.client.transport import Command, TransportEvents
from iot.errors import ConfigurationError, ConnectionFailed
from tests.functional.iot.conftest import QUICK, Authority, Broker, Observer, eventually

TOPIC = "dt/gonio/clinic-a/knee-1/telemetry"


@pytest.fixture
def identity(authority: Authority) -> DeviceIdentity:
    return authority.device("clinic-a", "knee-1")


@pytest.fixture
def connect(tmp_path: Path, broker: Broker, identity: DeviceIdentity) -> Callable[..., DeviceClient]:
    def make(events: DeviceEvents | None = None, commands_filter: str | None = None) -> DeviceClient:
        outbox = Outbox(tmp_path / "device.outbox")
        transport = AwsCrtTransport(identity, broker.address, QUICK)
        return DeviceClient(outbox, transport, settings=QUICK, events=events, commands_filter=commands_filter)

    return make


def test_messages_arrive_in_the_order_in_which_they_were_handed_over(
    connect: Callable[..., DeviceClient], observe: Callable[[str], Observer]
) -> None:
    observer = observe("dt/#")
    client = connect()
    client.start()
    sent = [f"{number}".encode() for number in range(200)]
    for payload in sent:
        client.publish(TOPIC, payload)
    assert client.wait_delivered(20)
    eventually(lambda: len(observer.received) >= len(sent))
    client.stop()
    assert observer.payloads == sent


def test_what_was_handed_over_while_the_gateway_was_away_arrives_in_order_after_its_return(
    connect: Callable[..., DeviceClient], broker: Broker
) -> None:
    away: list[str] = []
    acknowledged: list[int] = []
    client = connect(DeviceEvents(disconnected=away.append, acknowledged=acknowledged.append))
    client.start()
    client.wait_connected(10)
    broker.kill()
    eventually(lambda: bool(away))
    sent = [client.publish(TOPIC, f"{number}".encode()) for number in range(50)]
    assert client.waiting == len(sent)
    broker.start()
    assert client.wait_delivered(20)
    client.stop()
    assert acknowledged == sent


def test_nothing_is_lost_when_the_gateway_dies_with_messages_in_flight(connect: Callable[..., DeviceClient], broker: Broker) -> None:
    acknowledged: list[int] = []
    client = connect(DeviceEvents(acknowledged=acknowledged.append))
    client.start()
    client.wait_connected(10)
    sent = []
    for number in range(300):
        sent.append(client.publish(TOPIC, f"{number}".encode()))
        if number in {100, 200}:
            broker.kill()
            broker.start()
    assert client.wait_delivered(20)
    client.stop()
    assert acknowledged == sent


def test_a_new_process_delivers_what_the_old_one_left_in_the_outbox(
    tmp_path: Path, connect: Callable[..., DeviceClient], observe: Callable[[str], Observer]
) -> None:
    with Outbox(tmp_path / "device.outbox") as left_behind:
        for number in range(5):
            left_behind.put(TOPIC, f"{number}".encode())
    observer = observe("dt/#")
    client = connect()
    client.start()
    assert client.wait_delivered(20)
    client.stop()
    eventually(lambda: len(observer.received) == 5)
    assert observer.payloads == [b"0", b"1", b"2", b"3", b"4"]


def test_a_refused_message_is_parked_and_those_behind_it_arrive(
    connect: Callable[..., DeviceClient], observe: Callable[[str], Observer]
) -> None:
    parked: list[tuple[int, str]] = []
    observer = observe("dt/#")
    client = connect(DeviceEvents(parked=lambda sequence, reason: parked.append((sequence, reason))))
    client.start()
    refused = client.publish("denied/topic", b"poison")
    client.publish(TOPIC, b"good")
    assert client.wait_delivered(20)
    eventually(lambda: observer.payloads == [b"good"])
    assert client.waiting == 1
    client.stop()
    assert [sequence for sequence, _ in parked] == [refused]
    assert "0x87" in parked[0][1]


def test_commands_reach_the_device(connect: Callable[..., DeviceClient], broker: Broker, authority: Authority) -> None:
    commands: list[Command] = []
    client = connect(DeviceEvents(command=commands.append), commands_filter="cmd/gonio/clinic-a/knee-1/#")
    client.start()
    client.wait_connected(10)
    sender = AwsCrtTransport(authority.device("clinic-a", "sender"), broker.address, QUICK)
    sender.start(TransportEvents(lambda _: None, lambda _: None, lambda _: None))

    def arrived() -> bool:
        # Sent until it arrives: the subscription may still be on its way.
        sender.publish("cmd/gonio/clinic-a/knee-1/settings", b"{}").result(10)
        return bool(commands)

    eventually(arrived)
    sender.stop(10)
    client.stop()
    assert commands[0] == Command("cmd/gonio/clinic-a/knee-1/settings", b"{}")


def test_a_gateway_that_cannot_be_reached_is_told_in_time(tmp_path: Path, broker: Broker, identity: DeviceIdentity) -> None:
    broker.kill()
    client = DeviceClient(Outbox(tmp_path / "outbox"), AwsCrtTransport(identity, broker.address, QUICK), settings=QUICK)
    client.start()
    with pytest.raises(ConnectionFailed, match=r"within 0\.2 s"):
        client.wait_connected(0.2)
    client.stop()


def test_certificate_files_that_cannot_be_read_are_a_configuration_error(tmp_path: Path, broker: Broker) -> None:
    identity = DeviceIdentity("clinic-a", "knee-1", tmp_path / "none.pem", tmp_path / "none.key")
    transport = AwsCrtTransport(identity, broker.address)
    with pytest.raises(ConfigurationError, match="knee-1"):
        transport.start(TransportEvents(lambda _: None, lambda _: None, lambda _: None))
