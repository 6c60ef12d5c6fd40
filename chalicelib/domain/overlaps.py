"""Which value stands where two messages hold the same key (device, metric, measured time).

The message whose id sorts first stands; within a message the first series, within a series the first position. A value that
lost is masked. What stands at a key can only move towards the first of all messages that hold it, so any order of arrival
ends the same.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from msgspec.structs import replace

from chalicelib.domain.chunks import Chunk
from chalicelib.domain.rollups import Bucket, rollup_of


@dataclass(frozen=True, slots=True)
class Change:
    """A stored chunk before and after newer messages took values from it; None when nothing is left."""

    before: Chunk
    after: Chunk | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to write: chunks that are new, and chunks that change."""

    added: list[Chunk] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)


def resolve(arrived: Iterable[Chunk], stored: Iterable[Chunk]) -> Outcome:
    """Every key once: `arrived` against one another and against what is stored in their way."""
    outcome = Outcome()
    standing = _by_minute(stored)
    for bucket, chunks in _by_minute(arrived).items():
        _resolve_minute(outcome, chunks, standing.get(bucket, []))
    return outcome


def _by_minute(chunks: Iterable[Chunk]) -> dict[Bucket, list[Chunk]]:
    minutes: dict[Bucket, list[Chunk]] = defaultdict(list)
    for chunk in chunks:
        minutes[chunk.bucket].append(chunk)
    return minutes


def _resolve_minute(outcome: Outcome, arrived: list[Chunk], stored: list[Chunk]) -> None:
    if not _touch(arrived + stored):
        outcome.added.extend(arrived)
        return
    holders = _holders(arrived + stored)
    outcome.added.extend(left for chunk in arrived if (left := _masked(chunk, holders)) is not None)
    changes = ((chunk, _masked(chunk, holders)) for chunk in stored)
    outcome.changed.extend(Change(before, after) for before, after in changes if before is not after)


def _touch(chunks: list[Chunk]) -> bool:
    """Whether any two chunks overlap in time; only then can they share a key."""
    spans = sorted((chunk.first_ms, chunk.last_ms) for chunk in chunks)
    return any(following[0] <= span[1] for span, following in pairwise(spans))


def _holders(chunks: list[Chunk]) -> dict[int, Chunk]:
    """Whose value stands at each instant."""
    holders: dict[int, Chunk] = {}
    for chunk in sorted(chunks, key=_rank):
        for instant, value in zip(chunk.instants(), chunk.values, strict=True):
            if value is not None:
                holders.setdefault(instant, chunk)
    return holders


def _rank(chunk: Chunk) -> tuple[str, int, int]:
    return chunk.message_id, chunk.series_number, chunk.position


def _masked(chunk: Chunk, holders: dict[int, Chunk]) -> Chunk | None:
    """The chunk without the values that others hold: itself when it lost none, None when it lost all."""
    values = [value if holders.get(instant) is chunk else None for instant, value in zip(chunk.instants(), chunk.values, strict=True)]
    left = [value for value in values if value is not None]
    if len(left) == chunk.rollup.count:
        return chunk
    return replace(chunk, values=values, rollup=rollup_of(left), values_json=None) if left else None
