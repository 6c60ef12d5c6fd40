"""How positions follow the shards of a stream through splits and merges: children after their parents, all of them.

A reader's positions are a frontier: every record is behind it or ahead of it. So a shard that was read to its end stays in
it until all that its children wait for has been read as well, and then its children take its place.
"""

from collections.abc import Iterable, Sequence

from chalicelib.feed.ports import Shard
from chalicelib.feed.positions import Kind, Positions, ShardPosition


def from_now(shards: Sequence[Shard], now_ms: int) -> Positions:
    """The frontier of a reader who wants what comes: every open shard from this instant on."""
    return {it.shard_id: ShardPosition(Kind.SINCE, now_ms) for it in shards if it.is_open}


def is_lost(positions: Positions, shards: Sequence[Shard], oldest_ms: int) -> bool:
    """Whether records ahead of the frontier may be gone: a shard is, or a position is older than what the stream keeps."""
    known = {it.shard_id for it in shards}
    return any(shard_id not in known or it.at_ms < oldest_ms for shard_id, it in positions.items())


def advanced(positions: Positions, shards: Sequence[Shard]) -> Positions:
    """The frontier with the children of shards that ended in their place, where all of a child's parents have ended."""
    ended = {shard_id for shard_id, it in positions.items() if it.kind is Kind.ENDED}
    ahead = _ahead(positions, shards)
    unread = (positions.keys() - ended) | {it.shard_id for it in ahead}
    ready = [it for it in ahead if unread.isdisjoint(it.parent_ids)]
    done = _parents(ready) - _parents(it for it in ahead if it not in ready)
    kept = {shard_id: it for shard_id, it in positions.items() if shard_id not in done}
    return kept | {it.shard_id: ShardPosition(Kind.WHOLE, _oldest(positions, it)) for it in ready}


def _ahead(positions: Positions, shards: Sequence[Shard]) -> list[Shard]:
    """The shards that come after the frontier, in whatever generation; all others that are not in it came before."""
    reached = set(positions)
    ahead: list[Shard] = []
    while more := [it for it in shards if it.shard_id not in reached and not reached.isdisjoint(it.parent_ids)]:
        reached |= {it.shard_id for it in more}
        ahead += more
    return ahead


def _parents(children: Iterable[Shard]) -> set[str]:
    return {parent for child in children for parent in child.parent_ids}


def _oldest(positions: Positions, child: Shard) -> int:
    return min(positions[parent].at_ms for parent in child.parent_ids if parent in positions)
