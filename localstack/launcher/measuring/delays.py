"""How long messages took: from the hand-over at their device to the first sighting that includes them.

A message has arrived once its session's count of values is at least the count that includes it: sessions count each value once,
and a device's messages keep their order, so that a later count says as much.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from launcher.measuring.sightings import Sighting


@dataclass(frozen=True, slots=True)
class Sent:
    """A session as its device sent it: when each message was handed over, and how many values there were with it, both ascending."""

    handed_at_ms: tuple[int, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Delay:
    """A message that arrived: when it was handed over (epoch milliseconds), and how long it took from then on."""

    handed_at_ms: int
    ms: int


def sessions_sent(messages: Iterable[Mapping[str, Any]]) -> dict[str, Sent]:
    """A report's messages that bring values, each once, by session; in the order of their first hand-over."""
    firsts: dict[str, tuple[int, int]] = {}
    for message in messages:
        if message["handed_at"] is not None and message["values"]:
            handed = (message["handed_at"], message["values"])
            firsts[message["id"]] = min(handed, firsts.get(message["id"], handed))
    sessions: dict[str, list[tuple[int, int]]] = {}
    for message_id, handed in firsts.items():
        sessions.setdefault(message_id.rpartition("-")[0], []).append(handed)
    return {name: _sent(sorted(handed)) for name, handed in sessions.items()}


def count_of(sent: Mapping[str, Sent]) -> int:
    """How many messages there are."""
    return sum(len(session.counts) for session in sent.values())


def delays(sent: Mapping[str, Sent], sightings: Iterable[Sighting]) -> list[Delay]:
    """One of each message that arrived, in the order of their hand-over."""
    seen: dict[str, list[Sighting]] = {}
    for sighting in sorted(sightings, key=lambda it: it.at_ms):
        known = seen.setdefault(sighting.session_id, [])
        if not known or sighting.value_count > known[-1].value_count:
            known.append(sighting)
    return sorted(delay for name, session in sent.items() for delay in _session_delays(session, seen.get(name, [])))


def _sent(handed: list[tuple[int, int]]) -> Sent:
    return Sent(tuple(at for at, _ in handed), tuple(accumulate(values for _, values in handed)))


def _session_delays(sent: Sent, rising: Sequence[Sighting]) -> Iterator[Delay]:
    for handed_at_ms, count in zip(sent.handed_at_ms, sent.counts, strict=True):
        place = bisect_left(rising, count, key=lambda it: it.value_count)
        if place < len(rising):
            yield Delay(handed_at_ms, rising[place].at_ms - handed_at_ms)
