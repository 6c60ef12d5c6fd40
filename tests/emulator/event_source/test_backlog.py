"""When a batch is complete, and how much is read ahead."""

from threading import Thread

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.event_source.backlog import Backlog, batch_length
from emulator.event_source.model import MAX_PAYLOAD_BYTES, BatchPolicy, Event
from tests.emulator.event_source.fakes import events


def of_sizes(*sizes: int) -> tuple[Event, ...]:
    return tuple(Event(number, "key", 0, b"x" * size) for number, size in enumerate(sizes))


@settings(deadline=None)
@given(st.lists(st.integers(1, 60), max_size=30), st.integers(1, 10), st.integers(40, 200))
def test_a_batch_is_the_longest_within_both_limits(sizes: list[int], most: int, most_bytes: int) -> None:
    waiting = of_sizes(*sizes)
    length, full = batch_length(waiting, BatchPolicy(most, 0, most_bytes))

    def fits(count: int) -> bool:
        return count <= most and (count == 1 or 14 + sum(sizes[:count]) + count - 1 <= most_bytes)

    assert length == max((count for count in range(1, len(sizes) + 1) if fits(count) and all(map(fits, range(1, count)))), default=0)
    assert full == (length == most or length < len(sizes))


def test_six_megabytes_are_the_limit() -> None:
    waiting = of_sizes(*[1024 * 1024] * 7)
    assert batch_length(waiting, BatchPolicy(100)) == (5, True)
    assert MAX_PAYLOAD_BYTES == 6 * 1024 * 1024


def test_an_idle_lane_wakes_with_its_record() -> None:
    backlog, taken = Backlog(2, BatchPolicy()), []
    lane = Thread(target=lambda: taken.append(backlog.take(1)))
    lane.start()
    backlog.put(1, events(7))
    lane.join(10)
    assert taken == [events(7)]


def test_the_window_holds_back_a_batch_that_is_not_full_until_the_shard_ends() -> None:
    backlog, taken = Backlog(1, BatchPolicy(max_records=3, window_s=300)), []
    backlog.put(0, events(1, 2))
    lane = Thread(target=lambda: taken.append(backlog.take(0)))
    lane.start()
    assert taken == []
    backlog.close()
    lane.join(10)
    assert taken == [events(1, 2)]


def test_no_more_is_read_than_there_is_room_for() -> None:
    backlog = Backlog(1, BatchPolicy(max_records=2), read_ahead=0)
    assert backlog.wait_for_room() == 4
    backlog.put(0, events(1, 2, 3))
    assert backlog.wait_for_room() == 1
    backlog.settled(backlog.take(0))
    assert backlog.wait_for_room() == 3


def test_small_batches_do_not_make_small_reads() -> None:
    assert Backlog(1, BatchPolicy(max_records=1)).wait_for_room() == 1000


def test_a_stop_wakes_everybody() -> None:
    backlog, taken = Backlog(1, BatchPolicy(max_records=1), read_ahead=0), []
    backlog.put(0, events(1, 2))
    reader = Thread(target=lambda: taken.append(backlog.wait_for_room()))
    reader.start()
    backlog.stop()
    reader.join(10)
    assert taken == [0]
    assert backlog.take(0) == ()
    assert not backlog.wait_until_settled()
