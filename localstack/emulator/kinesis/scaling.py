"""How a stream goes from some shards to others: splits, merges, and the uniform scaling of UpdateShardCount. Pure.

Uniform scaling works as AWS describes it: splits and merges of single shards, with short-lived shards in between, until the
open shards divide the key space evenly (API reference, UpdateShardCount).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emulator.kinesis.hashing import HashRange, even_ranges


@dataclass(frozen=True, slots=True)
class Replacement:
    """One or two open shards close, and one or two children take over their hash keys."""

    parents: tuple[HashRange, ...]
    children: tuple[HashRange, ...]


def split(shard: HashRange, new_starting_hash_key: int) -> Replacement:
    """Two shards for one. The new starting key lies within the range and is not its first. ValueError otherwise."""
    first, last = shard
    if not first < new_starting_hash_key <= last:
        raise ValueError(new_starting_hash_key)
    return Replacement((shard,), ((first, new_starting_hash_key - 1), (new_starting_hash_key, last)))


def merge(one: HashRange, other: HashRange) -> Replacement:
    """One shard for two neighbours; `one` becomes the parent, `other` the adjacent parent. ValueError for strangers."""
    low, high = sorted((one, other))
    if low[1] + 1 != high[0]:
        raise ValueError(other)
    return Replacement((one, other), ((low[0], high[1]),))


def scale(open_ranges: Sequence[HashRange], target: int) -> list[Replacement]:
    """What leads from the open shards (in the order of their keys) to `target` even ones: all splits first, then the merges."""
    targets = even_ranges(target)
    starts = [first for first, _ in targets]
    pieces: list[HashRange] = []
    steps: list[Replacement] = []
    for whole in open_ranges:
        rest = whole
        for cut in starts[bisect_right(starts, whole[0]) : bisect_right(starts, whole[1])]:
            step = split(rest, cut)
            steps.append(step)
            pieces.append(step.children[0])
            rest = step.children[1]
        pieces.append(rest)
    return steps + list(_merges(pieces, targets))


def _merges(pieces: Sequence[HashRange], targets: Sequence[HashRange]) -> Iterator[Replacement]:
    firsts = [first for first, _ in pieces]
    for first, last in targets:
        inside = pieces[bisect_left(firsts, first) : bisect_right(firsts, last)]
        merged = inside[0]
        for piece in inside[1:]:
            step = merge(merged, piece)
            yield step
            merged = step.children[0]
