"""Plays plans through device clients: each device with its own outbox and connection, all in one process.

Messages are handed over when they are due at the chosen speed; what they say of measured times stays the recording's own pace.
A process that was killed goes on: each outbox knows how far its plan was handed over, and holds what was not acknowledged.

The n-th message of a plan has sequence n in its outbox, since an outbox begins empty with its plan and is filled in its order; so
a sequence tells the place in the plan even when the process that put it is gone.
"""

import heapq
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

from chalicelib.domain.topics import DeviceTopic, basic_ingest_topic
from iot.client.awscrt_mqtt import AwsCrtTransport
from iot.client.device import DeviceClient, DeviceEvents
from iot.client.outbox import Durability, Outbox
from iot.client.settings import ClientSettings, DeviceIdentity, GatewayAddress, Ingestion
from iot.client.transport import Transport
from iot.errors import ConnectionFailed
from iot.replay.journal import Happening, Journal
from iot.replay.plan import Plan, PlannedMessage

_HANDING_THREADS = 8

type TransportFactory = Callable[[DeviceIdentity, GatewayAddress, ClientSettings], Transport]


@dataclass(frozen=True, slots=True)
class Part:
    """A device and what it plays."""

    identity: DeviceIdentity
    plan: Plan


def replay_client(in_flight: int, respect_aws_limits: bool) -> ClientSettings:
    """A client for a replay: it comes back within seconds, where a device in the field would spare its gateway."""
    return ClientSettings(
        in_flight=in_flight, respect_aws_limits=respect_aws_limits, reconnect_min_ms=200, reconnect_max_ms=2000, stable_connection_ms=1000
    )


@dataclass(frozen=True, slots=True)
class PlaySettings:
    """How plans are played."""

    work_dir: Path
    """Outboxes and journal; the same folder again means going on."""
    speed: float = 1.0
    """How much faster than measured messages are sent."""
    ingestion: Ingestion = Ingestion.PLAIN_TOPIC
    stage: str = "local"
    """Names the rules, for Basic Ingest."""
    durability: Durability = Durability.POWER_CUT
    client: ClientSettings = field(default_factory=ClientSettings)
    connect_timeout_s: float = 30.0
    drain_timeout_s: float = 120.0
    """How long to wait for acknowledgements after the last message was handed over."""


@dataclass(slots=True)
class Tally:
    """Counts that grow while the replay runs; read by displays, written under the player's lock."""

    planned: int = 0
    devices: int = 0
    connected: int = 0
    handed: int = 0
    acknowledged: int = 0
    parked: int = 0
    last_problem: str = ""


def wall_clock_ms() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Player:
    """One performance of some plans."""

    def __init__(
        self,
        parts: Sequence[Part],
        gateway: GatewayAddress,
        settings: PlaySettings,
        *,
        transports: TransportFactory = AwsCrtTransport,
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._parts = parts
        self._gateway = gateway
        self._settings = settings
        self._transports = transports
        self._now_ms = now_ms
        self._lock = Lock()
        self._over = Event()
        self.tally = Tally(planned=sum(len(part.plan.messages) for part in parts), devices=len(parts))

    def play(self) -> bool:
        """Plays everything and says whether the gateway has it all; raises `ConnectionFailed`, or an outbox's error.

        Blocks. `stop` ends it early, from another thread.
        """
        with ExitStack() as stack:
            journal = Journal(self.journal_file)
            stack.callback(journal.close)
            voices = [self._open(part, journal, stack) for part in self._parts]
            for voice in voices:
                voice.client.start()
            self._await_connections(voices)
            self._hand_over(voices)
            return self._drain(voices)

    def stop(self) -> None:
        """Ends the handing over; what was handed over stays in the outboxes."""
        self._over.set()

    @property
    def journal_file(self) -> Path:
        """Where it is written down what happened."""
        return self._settings.work_dir / "journal.jsonl"

    def _open(self, part: Part, journal: Journal, stack: ExitStack) -> "_Voice":
        identity, settings = part.identity, self._settings
        outbox = Outbox(settings.work_dir / f"{identity.device_id}.outbox", durability=settings.durability)
        client = DeviceClient(
            outbox,
            self._transports(identity, self._gateway, settings.client),
            settings=settings.client,
            events=self._events(identity.device_id, journal),
        )
        stack.callback(client.stop)
        first = 0 if outbox.position is None else outbox.position + 1
        with self._lock:
            self.tally.handed += first
            self.tally.acknowledged += first - len(outbox)
        return _Voice(part.plan, client, journal, first)

    def _events(self, device_id: str, journal: Journal) -> DeviceEvents:
        def acknowledged(sequence: int) -> None:
            journal.write(Happening.ACKNOWLEDGED, device_id, sequence - 1, self._now_ms())
            self._count(acknowledged=1)

        def parked(sequence: int, reason: str) -> None:
            journal.write(Happening.PARKED, device_id, sequence - 1, self._now_ms())
            self._count(parked=1, problem=f"{device_id}: {reason}")

        def disconnected(reason: str) -> None:
            self._count(problem=f"{device_id}: {reason}")

        return DeviceEvents(acknowledged=acknowledged, parked=parked, disconnected=disconnected)

    def _count(self, *, handed: int = 0, acknowledged: int = 0, parked: int = 0, problem: str = "") -> None:
        with self._lock:
            self.tally.handed += handed
            self.tally.acknowledged += acknowledged
            self.tally.parked += parked
            self.tally.last_problem = problem or self.tally.last_problem

    def _await_connections(self, voices: Sequence["_Voice"]) -> None:
        deadline = time.monotonic() + self._settings.connect_timeout_s
        for voice in voices:
            try:
                voice.client.wait_connected(max(0.0, deadline - time.monotonic()))
            except ConnectionFailed as error:
                within, problem = f"{self._settings.connect_timeout_s:g} s", self.tally.last_problem or "no answer"
                raise ConnectionFailed(f"{voice.plan.sender.device_id} did not connect within {within}; last problem: {problem}") from error
            self.tally.connected += 1

    def _hand_over(self, voices: Sequence["_Voice"]) -> None:
        """A few threads, each with its share of the devices: one would wait for the disk at every message."""
        began = time.monotonic()
        shares = [voices[number::_HANDING_THREADS] for number in range(min(_HANDING_THREADS, len(voices)))]
        with ThreadPoolExecutor(max(1, len(shares))) as pool:
            for done in [pool.submit(self._hand_over_share, share, began) for share in shares]:
                done.result()

    def _hand_over_share(self, voices: Sequence["_Voice"], began: float) -> None:
        for due_ms, place, voice in heapq.merge(*(voice.remaining() for voice in voices), key=lambda item: item[0]):
            wait_s = began + due_ms / 1000 / self._settings.speed - time.monotonic()
            if self._over.wait(max(0.0, wait_s)) or self._over.is_set():
                return
            message = voice.plan.messages[place]
            voice.journal.write(Happening.HANDED, voice.plan.sender.device_id, place, self._now_ms())
            voice.client.publish(self._topic(voice.plan, message), message.payload, place)
            self._count(handed=1)

    def _topic(self, plan: Plan, message: PlannedMessage) -> str:
        topic = str(DeviceTopic(plan.sender.tenant_id, plan.sender.device_id, message.kind))
        if self._settings.ingestion is Ingestion.PLAIN_TOPIC:
            return topic
        return basic_ingest_topic(f"gonio_{self._settings.stage}_{message.kind}", topic)

    def _drain(self, voices: Sequence["_Voice"]) -> bool:
        deadline = time.monotonic() + self._settings.drain_timeout_s
        delivered = [voice.client.wait_delivered(max(0.0, deadline - time.monotonic())) for voice in voices]
        return all(delivered) and self.tally.parked == 0 and self.tally.handed == self.tally.planned


@dataclass(frozen=True, slots=True)
class _Voice:
    """A device at play; `first` is the place in its plan where it goes on."""

    plan: Plan
    client: DeviceClient
    journal: Journal
    first: int

    def remaining(self) -> Iterator[tuple[int, int, "_Voice"]]:
        """Due time, place and voice of what is still to be handed over; after an interruption the first is due at once."""
        messages = self.plan.messages
        begun_ms = messages[self.first].due_ms if 0 < self.first < len(messages) else 0
        for place in range(self.first, len(messages)):
            yield messages[place].due_ms - begun_ms, place, self
