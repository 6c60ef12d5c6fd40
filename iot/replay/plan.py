"""The messages of one device that plays one recording: pure, so that the same arguments give the same messages, ids included.

A message carries about a second of every metric. Its values' measured times are exactly the recording's: where one `t0` and `dt`
cannot say them (jitter, a missing sample), the second is split into several series.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from random import Random
from zlib import crc32

from msgspec import UNSET

from chalicelib.domain import events, telemetry
from chalicelib.domain.telemetry import Series, Telemetry, measured_at
from chalicelib.domain.topics import MessageKind
from iot.replay.recording import SAMPLE_INTERVAL_MS, Recording, Sample

MESSAGE_MS = 1000
_BATTERY_EVERY_MS = 15_000
_BATTERY_AT_START = 96.0
_UNIT = "deg"
_NAME_LENGTH = 20
"""Of a recording's name in the ids of its messages, which have 64 characters at most, those of malformed ones included."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the device and the member who wears it."""

    tenant_id: str
    device_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A message as it will be published.

    `due_ms` is when it is sent at speed 1, from the session's start. `label` is its message id, or a name for what has none.
    `fault` says what was done to it on purpose; an empty one is as a good device sends it.
    """

    label: str
    kind: MessageKind
    due_ms: int
    payload: bytes
    values: int = 0
    fault: str = ""

    @property
    def well_formed(self) -> bool:
        """Whether the platform must take it."""
        return not self.fault.startswith("malformed")


@dataclass(frozen=True, slots=True)
class Plan:
    """What one device sends, in the order of sending."""

    sender: Sender
    session_id: str
    started_at_ms: int
    messages: tuple[PlannedMessage, ...]

    @property
    def duration_ms(self) -> int:
        """When the last message is due."""
        return max((message.due_ms for message in self.messages), default=0)


@dataclass(frozen=True, slots=True)
class _Part:
    """A message before it has its number; `encode` gives the payload for an id."""

    due_ms: int
    kind: MessageKind
    values: int
    encode: Callable[[str], bytes]


def plan(sender: Sender, recording: Recording, started_at_ms: int, seed: int = 0) -> Plan:
    """The session's events and telemetry, in the order in which they happen."""
    session_id = _session_id(sender, recording, started_at_ms)
    parts = [*_events(sender, recording, session_id, started_at_ms), *_reports(recording, session_id, started_at_ms, seed)]
    parts += _telemetry(recording, session_id, started_at_ms)
    parts.sort(key=lambda part: part.due_ms)
    return Plan(sender, session_id, started_at_ms, tuple(_number(session_id, parts)))


def one_after_another(plans: Sequence[Plan]) -> Plan:
    """One plan out of several of one device: each begins as long after the first as its session did. Named by the first session."""
    first = plans[0]
    messages = (replace(message, due_ms=message.due_ms + it.started_at_ms - first.started_at_ms) for it in plans for message in it.messages)
    return replace(first, messages=tuple(messages))


def series_of(metric: str, samples: Sequence[tuple[int, float]], unit: str = _UNIT) -> list[Series]:
    """Series whose measured times are exactly those of `samples` (epoch ms, value; ascending), as few as halving finds."""
    times = [at for at, _ in samples]
    dt = _interval(times)
    if dt is None:
        middle = len(samples) // 2
        return series_of(metric, samples[:middle], unit) + series_of(metric, samples[middle:], unit)
    return [Series(metric=metric, unit=unit, t0=times[0], dt=dt if len(times) > 1 else UNSET, values=[value for _, value in samples])]


def _interval(times: Sequence[int]) -> float | None:
    """A `dt` that says these times exactly: the sensor's own, else their mean; None when neither does."""
    if len(times) == 1:
        return SAMPLE_INTERVAL_MS
    mean = (times[-1] - times[0]) / (len(times) - 1)
    for dt in (SAMPLE_INTERVAL_MS, mean):
        if dt >= 1 and all(measured_at(times[0], dt, position) == at for position, at in enumerate(times)):
            return dt
    return None


def _session_id(sender: Sender, recording: Recording, started_at_ms: int) -> str:
    """Unique in the tenant: two devices may play the same recording at the same moment."""
    name = re.sub("[^A-Za-z0-9_-]", "-", recording.name)[:_NAME_LENGTH]
    return f"s-{started_at_ms}-{name}-{crc32(sender.device_id.encode()):08x}"


def _number(session_id: str, parts: Sequence[_Part]) -> Iterator[PlannedMessage]:
    for number, part in enumerate(parts):
        message_id = f"{session_id}-{number:05d}"
        yield PlannedMessage(message_id, part.kind, part.due_ms, part.encode(message_id), part.values)


def _telemetry(recording: Recording, session_id: str, started_at_ms: int) -> Iterator[_Part]:
    for _, group in groupby(recording.samples, key=lambda sample: sample.t_ms // MESSAGE_MS):
        samples = tuple(group)
        yield _second(recording, samples, session_id, started_at_ms)


def _second(recording: Recording, samples: Sequence[Sample], session_id: str, started_at_ms: int) -> _Part:
    series = [
        part
        for column, metric in enumerate(recording.metrics)
        for part in series_of(metric, [(started_at_ms + sample.t_ms, sample.values[column]) for sample in samples])
    ]

    def encode(message_id: str) -> bytes:
        return telemetry.encode(Telemetry(v=1, id=message_id, session=session_id, series=series))

    return _Part(samples[-1].t_ms, MessageKind.TELEMETRY, len(samples) * len(recording.metrics), encode)


def _events(sender: Sender, recording: Recording, session_id: str, started_at_ms: int) -> list[_Part]:
    """The session's start and end, and the battery all along."""
    end_ms = recording.duration_ms + 1

    def started(message_id: str) -> events.Event:
        about = events.SessionPlan(exercise=recording.exercise, member=sender.member_id)
        return events.SessionStarted(v=1, id=message_id, at=started_at_ms, session=session_id, data=about)

    def ended(message_id: str) -> events.Event:
        return events.SessionEnded(v=1, id=message_id, at=started_at_ms + end_ms, session=session_id)

    battery = [_battery(due_ms, session_id, started_at_ms) for due_ms in range(0, end_ms, _BATTERY_EVERY_MS)]
    return [_event(0, started), *battery, _event(end_ms, ended)]


def _battery(due_ms: int, session_id: str, started_at_ms: int) -> _Part:
    percent = _BATTERY_AT_START - due_ms // _BATTERY_EVERY_MS

    def encode(message_id: str) -> events.Event:
        charge = events.Charge(percent=percent)
        return events.BatteryReported(v=1, id=message_id, at=started_at_ms + due_ms, session=session_id, data=charge)

    return _event(due_ms, encode)


def _reports(recording: Recording, session_id: str, started_at_ms: int, seed: int) -> list[_Part]:
    """What the member says: pain where the exercise is done wrongly, and tiredness now and then."""
    random = Random(f"{seed}:{session_id}")  # noqa: S311 - a simulation, to be the same for the same seed
    parts = []
    if recording.name.endswith("_incorrect"):
        score = float(random.randint(2, 8))
        parts.append(_pain(random.randrange(recording.duration_ms), score, session_id, started_at_ms))
    if random.random() < 0.5:
        parts.append(_fatigue(random.randrange(recording.duration_ms), session_id, started_at_ms))
    return parts


def _pain(due_ms: int, score: float, session_id: str, started_at_ms: int) -> _Part:
    def encode(message_id: str) -> events.Event:
        rating = events.Rating(score=score)
        return events.PainReported(v=1, id=message_id, at=started_at_ms + due_ms, session=session_id, data=rating)

    return _event(due_ms, encode)


def _fatigue(due_ms: int, session_id: str, started_at_ms: int) -> _Part:
    def encode(message_id: str) -> events.Event:
        return events.FatigueReported(v=1, id=message_id, at=started_at_ms + due_ms, session=session_id)

    return _event(due_ms, encode)


def _event(due_ms: int, make: Callable[[str], events.Event]) -> _Part:
    return _Part(due_ms, MessageKind.EVENT, 0, lambda message_id: events.encode(make(message_id)))
