"""The device client's rules, over a transport that a test drives by hand."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from time import monotonic, sleep

import pytest

from iot.client.device import DeviceClient, DeviceEvents
from iot.client.outbox import Durability, Outbox
from iot.client.settings import ClientSettings
from iot.client.transport import NOT_AUTHORIZED, Puback, TransportEvents
from iot.errors import ConnectionFailed

ACCEPTED, NO_SUBSCRIBERS, REFUSED = Puback(0), Puback(0x10), Puback(NOT_AUTHORIZED)
SETTINGS = ClientSettings(in_flight=3, refusals_before_parking=2, refusal_pause_s=0.01)


class FakeTransport:
    """Keeps what was sent; the test answers."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Future[Puback]]] = []
        self.topics: list[str] = []
        self.subscribed: list[str] = []
        self.stopped_within_s: float | None = None
        self.events: TransportEvents | None = None

    def start(self, events: TransportEvents) -> None:
        self.events = events

    def publish(self, topic: str, payload: bytes) -> Future[Puback]:
        answer: Future[Puback] = Future()
        self.topics.append(topic)
        self.sent.append((payload, answer))
        return answer

    def subscribe(self, topic_filter: str) -> Future[None]:
        self.subscribed.append(topic_filter)
        return Future()

    def stop(self, timeout_s: float) -> None:
        self.stopped_within_s = timeout_s
        for _, answer in self.sent:
            if not answer.done():
                answer.set_exception(ConnectionFailed("stopped"))

    def connect(self, session_kept: bool = False) -> None:
        assert self.events is not None
        self.events.connected(session_kept)

    def answer(self, puback: Puback) -> None:
        """Answers the oldest message that has no answer."""
        next(answer for _, answer in self.sent if not answer.done()).set_result(puback)

    @property
    def payloads(self) -> list[bytes]:
        return [payload for payload, _ in self.sent]


def eventually(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + 10
    while not condition():
        assert monotonic() < deadline
        sleep(0.001)


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
def parked() -> list[int]:
    return []


@pytest.fixture
def client(tmp_path: Path, transport: FakeTransport, parked: list[int]) -> Iterator[DeviceClient]:
    events = DeviceEvents(parked=lambda sequence, _: parked.append(sequence))
    made = DeviceClient(Outbox(tmp_path / "outbox", durability=Durability.PROCESS_KILL), transport, settings=SETTINGS, events=events)
    made.start()
    yield made
    made.stop()


def test_nothing_is_sent_before_there_is_a_connection(client: DeviceClient, transport: FakeTransport) -> None:
    client.publish("t", b"1")
    assert transport.sent == []
    transport.connect()
    assert transport.payloads == [b"1"]
    assert transport.topics == ["t"]


def test_only_so_many_messages_are_in_flight(client: DeviceClient, transport: FakeTransport) -> None:
    transport.connect()
    for number in range(5):
        client.publish("t", b"%d" % number)
    assert transport.payloads == [b"0", b"1", b"2"]
    transport.answer(ACCEPTED)
    assert transport.payloads == [b"0", b"1", b"2", b"3"]


@pytest.mark.parametrize("puback", [ACCEPTED, NO_SUBSCRIBERS])
def test_a_message_leaves_the_outbox_when_it_is_acknowledged(client: DeviceClient, transport: FakeTransport, puback: Puback) -> None:
    transport.connect()
    client.publish("t", b"1")
    assert client.waiting == 1
    transport.answer(puback)
    assert client.waiting == 0


def test_a_refused_message_waits_before_it_is_offered_again(tmp_path: Path, transport: FakeTransport) -> None:
    patient = ClientSettings(refusal_pause_s=3600.0)
    client = DeviceClient(Outbox(tmp_path / "outbox"), transport, settings=patient)
    client.start()
    transport.connect()
    client.publish("t", b"1")
    transport.answer(REFUSED)
    client.publish("t", b"2")
    transport.connect()
    assert transport.payloads == [b"1"]
    client.stop()


def test_a_message_that_is_refused_again_is_parked_and_the_next_one_goes(
    client: DeviceClient, transport: FakeTransport, parked: list[int]
) -> None:
    transport.connect()
    refused = client.publish("t", b"bad")
    transport.answer(REFUSED)
    eventually(lambda: len(transport.sent) == 2)
    transport.answer(REFUSED)
    client.publish("t", b"good")
    transport.answer(ACCEPTED)
    assert transport.payloads == [b"bad", b"bad", b"good"]
    assert parked == [refused]
    assert client.waiting == 1
    assert client.wait_delivered(0)


def test_a_parked_message_gets_another_chance_at_the_next_start(tmp_path: Path, transport: FakeTransport) -> None:
    with Outbox(tmp_path / "outbox") as outbox:
        outbox.park(outbox.put("t", b"1"), "refused")
    client = DeviceClient(Outbox(tmp_path / "outbox"), transport, settings=SETTINGS)
    client.start()
    transport.connect()
    assert transport.payloads == [b"1"]
    client.stop()


def test_a_parked_message_gets_another_chance_after_a_while(tmp_path: Path, transport: FakeTransport) -> None:
    settings = ClientSettings(refusals_before_parking=1, parked_retry_s=0.0)
    client = DeviceClient(Outbox(tmp_path / "outbox"), transport, settings=settings)
    client.start()
    transport.connect()
    client.publish("t", b"1")
    transport.answer(REFUSED)
    client.publish("t", b"2")
    assert transport.payloads[:2] == [b"1", b"1"]
    client.stop()


def test_a_message_that_the_connection_gave_up_is_sent_again(client: DeviceClient, transport: FakeTransport) -> None:
    transport.connect()
    client.publish("t", b"1")
    transport.sent[0][1].set_exception(ConnectionFailed("gone"))
    eventually(lambda: transport.payloads == [b"1", b"1"])
    transport.answer(ACCEPTED)
    assert client.waiting == 0


def test_what_is_not_acknowledged_when_the_client_stops_is_in_the_outbox(tmp_path: Path, transport: FakeTransport) -> None:
    client = DeviceClient(Outbox(tmp_path / "outbox"), transport)
    client.start()
    transport.connect()
    client.publish("t", b"1")
    client.publish("t", b"2")
    transport.answer(ACCEPTED)
    client.stop()
    with Outbox(tmp_path / "outbox") as left:
        message = left.next_after(0)
        assert message is not None
        assert message.payload == b"2"


def test_the_commands_are_subscribed_to_again_only_when_the_gateway_forgot_the_session(tmp_path: Path, transport: FakeTransport) -> None:
    client = DeviceClient(Outbox(tmp_path / "outbox"), transport, commands_filter="cmd/#")
    client.start()
    transport.connect(session_kept=False)
    transport.connect(session_kept=True)
    transport.connect(session_kept=False)
    client.stop()
    assert transport.subscribed == ["cmd/#", "cmd/#"]
