"""What goes wrong with devices, on request and repeatable: duplicates, disorder, gaps and malformed messages.

Pure: a plan and a seed give the spoiled plan. Gaps take messages out before they are handed over; the rest of the plan, not the
recording, is then what the platform must hold.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from chalicelib.domain.topics import MessageKind
from iot.replay.plan import Plan, PlannedMessage

_NEARBY = 8
"""How many places a duplicate or a late message may come after its own."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How much goes wrong. The first three are the share of messages, 0 to 1; `malformed` is how many of every kind."""

    duplicates: float = 0.0
    disorder: float = 0.0
    gaps: float = 0.0
    malformed: int = 0


def spoil(plan: Plan, faults: Faults, seed: int) -> Plan:
    """The plan with faults; the same seed gives the same faults."""
    random = Random(f"{seed}:{plan.session_id}")  # noqa: S311 - a simulation, to be the same for the same seed
    messages = _with_gaps(plan.messages, faults.gaps, random)
    messages = _with_duplicates(messages, faults.duplicates, random)
    messages = _with_disorder(messages, faults.disorder, random)
    messages = _with_malformed(messages, plan, faults.malformed, random)
    return replace(plan, messages=_due_in_order(messages))


def malformed_payloads(label: str, at_ms: int) -> dict[str, bytes]:
    """One payload of every kind that the platform must set aside whole, each within the gateway's size; the key names the kind.

    Each holds its own name, `malformed_label`, in plain text, so that it can be told from all others where it was set aside.
    """
    return {kind: make(malformed_label(label, kind), at_ms) for kind, make in _MALFORMED.items()}


def malformed_label(label: str, kind: str) -> str:
    """The name of a malformed message: the id in its payload, where that has one."""
    return f"{label}-{kind}"


def _with_gaps(messages: Sequence[PlannedMessage], share: float, random: Random) -> list[PlannedMessage]:
    """Leaves telemetry out, as a device does whose sensor was asleep."""
    return [message for message in messages if message.kind is MessageKind.EVENT or random.random() >= share]


def _with_duplicates(messages: Sequence[PlannedMessage], share: float, random: Random) -> list[PlannedMessage]:
    places = [(float(place), message) for place, message in enumerate(messages)]
    again = [
        (place + random.randint(0, _NEARBY) + 0.5, replace(message, fault="duplicate"))
        for place, message in places
        if random.random() < share
    ]
    return _in_places(places + again)


def _with_disorder(messages: Sequence[PlannedMessage], share: float, random: Random) -> list[PlannedMessage]:
    places = [
        (place + random.randint(1, _NEARBY) + 0.5, replace(message, fault=message.fault or "late"))
        if random.random() < share
        else (float(place), message)
        for place, message in enumerate(messages)
    ]
    return _in_places(places)


def _with_malformed(messages: Sequence[PlannedMessage], plan: Plan, each: int, random: Random) -> list[PlannedMessage]:
    places = [(float(place), message) for place, message in enumerate(messages)]
    for number in range(each):
        label = f"{plan.session_id}-x{number}"
        for kind, payload in malformed_payloads(label, plan.started_at_ms).items():
            bad = PlannedMessage(malformed_label(label, kind), MessageKind.TELEMETRY, 0, payload, fault=f"malformed:{kind}")
            places.append((random.random() * len(messages), bad))
    return _in_places(places)


def _in_places(places: list[tuple[float, PlannedMessage]]) -> list[PlannedMessage]:
    return [message for _, message in sorted(places, key=lambda pair: pair[0])]


def _due_in_order(messages: Sequence[PlannedMessage]) -> tuple[PlannedMessage, ...]:
    """A message that comes late is due with the one before it."""
    ordered: list[PlannedMessage] = []
    due_ms = 0
    for message in messages:
        due_ms = max(due_ms, message.due_ms)
        ordered.append(replace(message, due_ms=due_ms))
    return tuple(ordered)


def _message(label: str, at_ms: int, *, version: str = "1", values: str = "[1.0]", more: str = "") -> bytes:
    """Telemetry by hand: what is wrong with it is beyond what an encoder would write."""
    series = f'{{"metric":"knee_flexion_left","unit":"deg","t0":{at_ms},"dt":33.333,"values":{values}}}{more}'
    return f'{{"v":{version},"id":"{label}","series":[{series}]}}'.encode()


_FAR_FUTURE_MS = 48 * 60 * 60 * 1000

_MALFORMED: Mapping[str, Callable[[str, int], bytes]] = {
    "bad-json": lambda label, at_ms: _message(label, at_ms)[:-7],
    "wrong-types": lambda label, at_ms: _message(label, at_ms, values='["1.0", true]'),
    "nan": lambda label, at_ms: _message(label, at_ms, values="[1.0, NaN]"),
    "huge-number": lambda label, at_ms: _message(label, at_ms, values="[1e999]"),
    "empty-series": lambda label, at_ms: _message(label, at_ms, values="[]"),
    "oversize": lambda label, at_ms: _message(label, at_ms, values=f"[{','.join(['1.5'] * 1025)}]"),
    "wrong-version": lambda label, at_ms: _message(label, at_ms, version="2"),
    "far-future": lambda label, at_ms: _message(label, at_ms + _FAR_FUTURE_MS),
    "binary": lambda label, _: b"\x00\xff\xfe\x80" + label.encode(),
}
"""`oversize` is over the contract's 1024 values: over 128 KB the gateway itself ends the connection, so no stream ever sees it."""
