"""The change feed's answers: what changed since a position, as soon as there is something to tell, or after a while.

Every event carries the position behind it. Whoever comes back with the last position that arrived misses no record and gets
none twice, also when an answer broke off between two events. A change that the replication delivers again is another record:
it is told again, and the object's newest state is still what comes last. Of an object that changed several times between two
looks, the newest state alone is told: whoever breaks off before it comes back for it. A position that the stream cannot go on
from leads to `reset`: what the client shows may be old, so it loads everything again, and goes on from the position that came along.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from chalicelib.domain.errors import InvalidRequestError, NotFoundError
from chalicelib.domain.records import StreamRecord
from chalicelib.feed.frames import OPENING, event_frame, position_frame
from chalicelib.feed.frontier import advanced, from_now, is_lost
from chalicelib.feed.ports import ChangesStream, Pause, Shard
from chalicelib.feed.positions import Kind, Positions, ShardPosition, event_id, positions_of
from chalicelib.ports import Clock

WAIT_MS = 8_000
"""How long an answer waits for an event. API Gateway gives up after 29 s; a waiting answer occupies a function's instance."""
LOOK_EVERY_MS = 400
"""Kinesis allows five reads a second and shard, for all readers together: one or two that wait, beside `project`."""
ENOUGH_CHARACTERS = 2_000_000
"""An answer that has so many reads no further shard: Lambda lets 6 MB pass."""
KEPT_MS = 23 * 3600 * 1000
"""An hour less than the stream keeps its records: a position so old may be about to lose what follows it."""


class Told(NamedTuple):
    """An event for somebody: its name, the object's new state, and which object it is. Without a key each is an object of its own."""

    name: str
    state: object
    key: Hashable | None = None


Teller = Callable[[bytes], Told | None]
"""What somebody is told of a record; None where it does not concern them."""


class ChangeFeed:
    """Answers for browsers from the stream of changes."""

    def __init__(self, stream: ChangesStream, clock: Clock, pause: Pause) -> None:
        self._stream = stream
        self._clock = clock
        self._pause = pause

    def answer(self, last_event_id: str | None, teller: Teller) -> str:
        """Frames of Server-Sent Events. Raises `UnavailableError`.

        Without a position: one to begin with, at once. With one: the events after it, or after a wait just where it leads.
        """
        shards = self._stream.shards()
        if not last_event_id:
            return OPENING + position_frame(event_id(from_now(shards, self._clock.now_ms())))
        try:
            positions = positions_of(last_event_id)
            if is_lost(positions, shards, self._clock.now_ms() - KEPT_MS):
                return self._reset(shards)
            return OPENING + self._await(teller, positions, shards)
        except (InvalidRequestError, NotFoundError):
            return self._reset(shards)

    def _reset(self, shards: Sequence[Shard]) -> str:
        return OPENING + event_frame("reset", {}, event_id(from_now(shards, self._clock.now_ms())))

    def _await(self, teller: Teller, positions: Positions, shards: Sequence[Shard]) -> str:
        ends_at_ms = self._clock.now_ms() + WAIT_MS
        while True:
            frames, positions = self._look(teller, positions, shards)
            if frames or self._clock.now_ms() + LOOK_EVERY_MS > ends_at_ms:
                return "".join(frames) + position_frame(event_id(positions))
            if any(it.kind is Kind.ENDED for it in positions.values()):
                shards = self._stream.shards()
            self._pause.wait(LOOK_EVERY_MS)

    def _look(self, teller: Teller, positions: Positions, shards: Sequence[Shard]) -> tuple[list[str], Positions]:
        """One look at the shards, the one furthest behind first: the frames of what came, and the positions behind it."""
        frames: dict[Hashable, str] = {}
        current = dict(advanced(positions, shards))
        for shard_id, position in sorted(current.items(), key=lambda it: (it[1].at_ms, it[0])):
            if position.kind is Kind.ENDED:
                continue
            if sum(map(len, frames.values())) >= ENOUGH_CHARACTERS:
                break
            found = self._stream.read(shard_id, position)
            _add_frames(frames, teller, current, found.records)
            if found.is_ended:
                current[shard_id] = ShardPosition(Kind.ENDED, current[shard_id].at_ms)
        return list(frames.values()), current


def _add_frames(frames: dict[Hashable, str], teller: Teller, current: dict[str, ShardPosition], records: Sequence[StreamRecord]) -> None:
    """Moves one shard's position behind its records, and adds the frames of those that are told of, in the place of older states."""
    newest: dict[Hashable, tuple[Told, StreamRecord]] = {}
    for record in records:
        told = teller(record.data)
        if told is not None:
            key: Hashable = (record.shard_id, record.sequence_number) if told.key is None else (told.name, told.key)
            newest.pop(key, None)
            newest[key] = told, record
    for which, (told, record) in newest.items():
        current[record.shard_id] = _behind(record)
        frames.pop(which, None)
        frames[which] = event_frame(told.name, told.state, event_id(current))
    if records:
        current[records[-1].shard_id] = _behind(records[-1])


def _behind(record: StreamRecord) -> ShardPosition:
    return ShardPosition(Kind.AFTER, record.arrived_at_ms, record.sequence_number)
