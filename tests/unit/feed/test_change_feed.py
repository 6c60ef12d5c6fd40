"""The change feed's answers, read as a browser's `EventSource` reads them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import NotFoundError
from chalicelib.feed import change_feed
from chalicelib.feed.change_feed import KEPT_MS, WAIT_MS, ChangeFeed, Told
from chalicelib.feed.positions import event_id, positions_of
from tests.change_feed import Viewer, tell, whatever_happens, while_writers_write
from tests.fakes.changes_stream import FakeChangesStream, FakePause
from tests.fakes.ingest import FakeClock


class World:
    """A viewer of a feed on a fake stream."""

    def __init__(self, shard_count: int = 2) -> None:
        self.clock = FakeClock()
        self.stream = FakeChangesStream(self.clock, shard_count)
        self.pause = FakePause(self.clock)
        self.feed = ChangeFeed(self.stream, self.clock, self.pause)
        self.viewer = Viewer(self.feed)

    def connect(self) -> list[tuple[str, str]]:
        """One answer; the events that it brought."""
        return self.viewer.connect()

    def put(self, *names: str) -> None:
        for name in names:
            self.stream.put(name, name.encode())

    def let_pass(self, duration_ms: int) -> None:
        """Moves the clock."""
        self.clock.time_ms += duration_ms


@pytest.fixture
def world() -> World:
    return World()


def test_a_first_connection_gets_a_position_at_once_and_nothing_of_before(world: World) -> None:
    world.put("old")
    world.clock.time_ms += 1
    before_ms = world.clock.now_ms()

    text = world.feed.answer(None, tell)

    assert text.startswith("retry: 250\n: heartbeat\n\nid: ")
    assert world.clock.now_ms() == before_ms
    world.viewer.read(text)
    world.put("new")
    assert world.connect() == [("changed", "new")]


def test_what_comes_during_the_wait_is_told_at_once(world: World) -> None:
    world.connect()
    world.pause.meanwhile = lambda: world.put("new")
    before_ms = world.clock.now_ms()

    assert world.connect() == [("changed", "new")]
    assert world.clock.now_ms() - before_ms == 400


def test_an_answer_without_events_ends_after_a_while(world: World) -> None:
    world.connect()
    before_ms = world.clock.now_ms()

    assert world.connect() == []
    assert WAIT_MS - 400 <= world.clock.now_ms() - before_ms <= WAIT_MS


def test_what_is_not_told_is_not_read_again(world: World) -> None:
    world.connect()
    world.stream.put("k", b"hidden")
    assert world.connect() == []

    positions = positions_of(world.viewer.last_event_id or "")

    assert sum(it.sequence_number is not None for it in positions.values()) == 1


@pytest.mark.parametrize("last_event_id", ["x", event_id(positions_of("eyJnb25lIjpbInQiLDE3OTU0NjQ0OTIwMDBdfQ"))])
def test_a_position_that_leads_nowhere_asks_to_load_again(world: World, last_event_id: str) -> None:
    world.viewer.last_event_id = last_event_id

    assert world.connect() == [("reset", "{}")]
    world.put("new")
    assert world.connect() == [("changed", "new")]


def test_a_position_that_is_too_old_asks_to_load_again(world: World) -> None:
    world.connect()
    world.put("missed")
    world.clock.time_ms += KEPT_MS + 1

    assert world.connect() == [("reset", "{}")]


def test_a_stream_that_was_made_anew_asks_to_load_again(world: World) -> None:
    world.connect()
    world.put("a", "b")
    world.connect()
    fresh = World()
    fresh.viewer.last_event_id = world.viewer.last_event_id

    assert fresh.connect() == [("reset", "{}")]


@given(st.data())
@settings(max_examples=300)
def test_nothing_is_missed_and_nothing_comes_twice_whatever_happens(data: st.DataObject) -> None:
    world = World(data.draw(st.integers(1, 3)))

    whatever_happens(data, world.viewer, world.stream, lambda: world.let_pass(data.draw(st.integers(0, 3))))


def test_nothing_is_missed_with_writers_on_other_threads(world: World) -> None:
    while_writers_write(world.viewer, world.stream, 200)


def test_of_an_object_that_changed_again_the_newest_state_alone_is_told_in_its_place() -> None:
    world = World(shard_count=1)
    world.connect()
    world.put("a", "b", "a")

    text = world.feed.answer(world.viewer.last_event_id, lambda data: Told("changed", data.decode(), key=data))

    world.viewer.read(text)
    assert [name for _, name in world.viewer.events] == ["b", "a"]
    assert world.connect() == []


def test_an_answer_that_has_enough_leaves_the_other_shards_to_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_feed, "ENOUGH_CHARACTERS", 1)
    names = [f"n-{number}" for number in range(20)]
    world.connect()
    world.put(*names)

    told: list[str] = []
    while len(told) < len(names):
        before = positions_of(world.viewer.last_event_id or "")
        told += [name for _, name in world.connect()]
        after = positions_of(world.viewer.last_event_id or "")
        assert len([shard_id for shard_id in after if after[shard_id] != before[shard_id]]) == 1

    assert sorted(told) == sorted(names)


def test_a_shard_that_is_gone_asks_to_load_again(world: World) -> None:
    world.connect()
    world.stream.forget("shardId-000000000000")

    assert world.connect() == [("reset", "{}")]


def test_a_position_that_the_stream_refuses_asks_to_load_again(world: World) -> None:
    world.connect()
    world.put("a")
    world.connect()
    (shard_id,) = [
        it.shard_id for it in world.stream.shards() if "AFTER" in repr(positions_of(world.viewer.last_event_id or "")[it.shard_id])
    ]
    position = positions_of(world.viewer.last_event_id or "")[shard_id]
    ahead = type(position)(position.kind, position.at_ms, "99")

    with pytest.raises(NotFoundError):
        world.stream.read(shard_id, ahead)
    world.viewer.last_event_id = event_id({**positions_of(world.viewer.last_event_id or ""), shard_id: ahead})
    assert world.connect() == [("reset", "{}")]
