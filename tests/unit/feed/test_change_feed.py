"""The change feed's answers, read as a browser's `EventSource` reads them."""

import threading
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import NotFoundError
from chalicelib.feed.change_feed import KEPT_MS, WAIT_MS, ChangeFeed, Told
from chalicelib.feed.positions import event_id, positions_of
from tests.fakes.changes_stream import FakeChangesStream, FakePause
from tests.fakes.ingest import FakeClock


def _tell(data: bytes) -> Told | None:
    """Everything but what is another tenant's."""
    return None if data.startswith(b"hidden") else Told("changed", data.decode())


@dataclass(slots=True)
class Source:
    """What a browser's `EventSource` keeps: the last id, and what was dispatched."""

    last_event_id: str | None = None
    events: list[tuple[str, str]] = field(default_factory=list)

    def read(self, text: str, blocks: int | None = None) -> None:
        """Takes an answer in; `blocks` is where it breaks off. By WHATWG HTML, 9.2.6."""
        assert text.endswith("\n\n")
        for block in text.removesuffix("\n\n").split("\n\n")[:blocks]:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            self.last_event_id = fields.get("id", self.last_event_id)
            if "data" in fields:
                self.events.append((fields["event"], fields["data"].strip('"')))


class World:
    """A feed on a fake stream."""

    def __init__(self, shard_count: int = 2) -> None:
        self.clock = FakeClock()
        self.stream = FakeChangesStream(self.clock, shard_count)
        self.pause = FakePause(self.clock)
        self.feed = ChangeFeed(self.stream, self.clock, self.pause)
        self.source = Source()

    def connect(self, blocks: int | None = None) -> list[tuple[str, str]]:
        """One answer; the events that it brought."""
        known = len(self.source.events)
        self.source.read(self.feed.answer(self.source.last_event_id, _tell), blocks)
        return self.source.events[known:]

    def put(self, *names: str) -> None:
        for name in names:
            self.stream.put(name, name.encode())


@pytest.fixture
def world() -> World:
    return World()


def test_a_first_connection_gets_a_position_at_once_and_nothing_of_before(world: World) -> None:
    world.put("old")
    world.clock.time_ms += 1
    before_ms = world.clock.now_ms()

    text = world.feed.answer(None, _tell)

    assert text.startswith("retry: 250\n: heartbeat\n\nid: ")
    assert world.clock.now_ms() == before_ms
    world.source.read(text)
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

    positions = positions_of(world.source.last_event_id or "")

    assert sum(it.sequence_number is not None for it in positions.values()) == 1


@pytest.mark.parametrize("last_event_id", ["x", event_id(positions_of("eyJnb25lIjpbInQiLDE3OTU0NjQ0OTIwMDBdfQ"))])
def test_a_position_that_leads_nowhere_asks_to_load_again(world: World, last_event_id: str) -> None:
    world.source.last_event_id = last_event_id

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
    fresh.source = world.source

    assert fresh.connect() == [("reset", "{}")]


@given(st.data())
@settings(max_examples=300)
def test_nothing_is_missed_and_nothing_comes_twice_whatever_happens(data: st.DataObject) -> None:
    """Writers, splits, merges, answers that break off, in any order."""
    world = World(data.draw(st.integers(1, 3)))
    world.connect()
    written = 0
    for action in data.draw(st.lists(st.sampled_from(["put", "put", "put", "split", "merge", "connect", "broken"]), max_size=40)):
        world.clock.time_ms += data.draw(st.integers(0, 3))
        match action:
            case "put":
                key = data.draw(st.sampled_from("abcdefgh"))
                world.stream.put(key, f"{key}:{written}".encode())
                written += 1
            case "split":
                world.stream.split(data.draw(st.integers(0, 7)))
            case "merge":
                world.stream.merge(data.draw(st.integers(0, 7)))
            case "connect":
                world.connect()
            case _:
                world.connect(data.draw(st.integers(0, 5)))
    while world.connect():
        pass

    told = [name for _, name in world.source.events]
    assert sorted(int(it.partition(":")[2]) for it in told) == list(range(written))
    _assert_in_order(told)


def test_nothing_is_missed_with_writers_on_other_threads() -> None:
    world = World()
    world.connect()
    clock_moved = threading.Lock()

    def write(writer: int) -> None:
        for number in range(200):
            world.stream.put(f"key-{writer}", f"{writer}:{number}".encode())
            if number == 100:
                with clock_moved:
                    world.stream.split(writer)

    threads = [threading.Thread(target=write, args=[writer]) for writer in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or world.connect():
        world.connect()

    told = [name for _, name in world.source.events]
    assert sorted(told) == sorted(f"{writer}:{number}" for writer in range(4) for number in range(200))
    _assert_in_order(told)


def _assert_in_order(told: list[str]) -> None:
    """Each key's changes come in the order in which they were written."""
    numbers = defaultdict(list)
    for name in told:
        key, _, number = name.partition(":")
        numbers[key].append(int(number))
    assert all(it == sorted(it) for it in numbers.values())


def test_a_shard_that_is_gone_asks_to_load_again(world: World) -> None:
    world.connect()
    world.stream.forget("shardId-000000000000")

    assert world.connect() == [("reset", "{}")]


def test_a_position_that_the_stream_refuses_asks_to_load_again(world: World) -> None:
    world.connect()
    world.put("a")
    world.connect()
    (shard_id,) = [
        it.shard_id for it in world.stream.shards() if "AFTER" in repr(positions_of(world.source.last_event_id or "")[it.shard_id])
    ]
    position = positions_of(world.source.last_event_id or "")[shard_id]
    ahead = type(position)(position.kind, position.at_ms, "99")

    with pytest.raises(NotFoundError):
        world.stream.read(shard_id, ahead)
    world.source.last_event_id = event_id({**positions_of(world.source.last_event_id or ""), shard_id: ahead})
    assert world.connect() == [("reset", "{}")]
