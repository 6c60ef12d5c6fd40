"""Delivery in order per partition key, whatever the stream refuses."""

import threading
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.replication.delivery import LARGEST_CALL, LARGEST_CALL_BYTES, Delivery, calls
from emulator.replication.errors import StoppedError, TaskFailedError
from emulator.replication.record_format import Record
from tests.emulator.replication.fakes import FakeTarget


def delivered(target: FakeTarget, records: list[Record]) -> None:
    Delivery(target, threading.Event(), lambda _trouble: None).deliver(records)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from("abc"), max_size=12), st.integers(0, 1000))
def test_the_last_coming_of_each_record_is_in_the_order_of_its_key(keys: list[str], seed: int) -> None:
    records = [Record(key, str(number).encode()) for number, key in enumerate(keys)]
    target = FakeTarget(refuses=0.2, choice=Random(seed))
    delivered(target, records)
    last = {record: place for place, record in enumerate(target.records)}
    assert set(last) == set(records)
    for key in "abc":
        of_key = [record for record in records if record.partition_key == key]
        assert sorted(of_key, key=last.__getitem__) == of_key


def test_a_stream_that_refuses_nothing_gets_every_record_once() -> None:
    records = [Record(str(number % 7), str(number).encode()) for number in range(1234)]
    target = FakeTarget()
    delivered(target, records)
    assert target.records == records
    assert target.calls == [500, 500, 234]


@given(st.lists(st.integers(1, 1_000_000), max_size=30))
def test_calls_hold_everything_in_order_and_keep_to_the_limits(sizes: list[int]) -> None:
    records = [Record("k", b"x" * size) for size in sizes]
    made = list(calls(records))
    assert [record for call in made for record in call] == records
    for call in made:
        assert 1 <= len(call) <= LARGEST_CALL
        assert sum(len(record.data) + 1 for record in call) <= LARGEST_CALL_BYTES


def test_a_record_that_no_call_can_take_fails_the_task() -> None:
    with pytest.raises(TaskFailedError, match=r"gonio\.items\.1"):
        delivered(FakeTarget(), [Record("gonio.items.1", b"x" * 1024 * 1024)])


def test_a_task_that_is_to_stop_does_not_wait_for_the_stream() -> None:
    stopping = threading.Event()
    stopping.set()
    told: list[str | None] = []
    with pytest.raises(StoppedError):
        Delivery(FakeTarget(down=True), stopping, told.append).deliver([Record("k", b"x")])
    assert told == ["the stream is down"]
