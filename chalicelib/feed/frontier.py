"""How positions follow the shards of a stream through splits and merges: children after their parents, all of them.

A reader's positions are a frontier: every record is behind it or ahead of it. So a shard that was read to its end stays in
it until all that its children wait for has been read as well, and then its children take its place.
"""

from collections.abc import Sequence

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
    """The frontier with the children of shards that ended, where every parent that it holds has ended; else unchanged."""
    ended = {shard_id for shard_id, it in positions.items() if it.kind is Kind.ENDED}
    children = [it for it in shards if it.shard_id not in positions and any(parent in ended for parent in it.parent_ids)]
    ready = [it for it in children if all(parent in ended or parent not in positions for parent in it.parent_ids)]
    if not ready:
        return positions
    waiting = {parent for it in children if it not in ready for parent in it.parent_ids}
    done = {parent for it in ready for parent in it.parent_ids} - waiting
    kept = {shard_id: it for shard_id, it in positions.items() if shard_id not in done}
    return kept | {it.shard_id: ShardPosition(Kind.WHOLE, _oldest(positions, it)) for it in ready}


def _oldest(positions: Positions, child: Shard) -> int:
    return min(positions[parent].at_ms for parent in child.parent_ids if parent in positions)
