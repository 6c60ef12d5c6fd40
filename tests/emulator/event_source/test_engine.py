"""A mapping at work: reading, lanes, resharding, checkpoints. The log is in memory and the function is ours."""

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Event, Lock
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.event_source.batch_run import NotInvoked
from emulator.event_source.lane import DELIVERY_TRIES
from tests.emulator.event_source.fakes import FakeFunction, eventually, mapping
from tests.emulator.event_source.running import World, world

Records = list[dict[str, Any]]


def number(record: dict[str, Any]) -> int:
    return int(record["kinesis"]["sequenceNumber"])


def first_key(records: Records) -> str:
    return str(records[0]["kinesis"]["partitionKey"])


def test_records_come_in_order_and_in_batches_of_the_given_size(there: World) -> None:
    there.log.create()
    sequences = [there.log.put("key", b"x") for _ in range(25)]
    with there.running(mapping(BatchSize=10)):
        there.settles(sequences[-1])
    assert there.function.sequences == [int(sequence) for sequence in sequences]
    assert [len(seen.records) for seen in there.function.invocations] == [10, 10, 5]


def test_a_record_put_later_is_seen_too(there: World) -> None:
    there.log.create()
    with there.running():
        first = there.log.put("key", b"x")
        there.sees(first)
        second = there.log.put("key", b"y")
        there.sees(second)
    assert there.function.sequences == [int(first), int(second)]


def test_shards_are_worked_on_at_once(there: World) -> None:
    there.log.create(shards=3)
    together = Barrier(3)
    there.function.handler = lambda _records: together.wait(20) and None
    with there.running():
        there.sees(*[there.log.put("key", b"x", shard) for shard in range(3)])
    assert not together.broken


def test_a_failing_batch_holds_up_its_own_shard_only(there: World) -> None:
    there.log.create(shards=2)
    there.function.handler = lambda records: NotInvoked("throttled") if first_key(records) == "bad" else None
    with there.running():
        bad, good = there.log.put("bad", b"x", 0), there.log.put("good", b"x", 1)
        there.settles(good, shard=1)
        there.sees(bad)
    assert there.settled()["shardId-000000000000"] is None


def test_lanes_of_one_shard_work_at_once(there: World) -> None:
    there.log.create()
    keys = ["a", "b", "c", "d", "e", "f", "g", "h"]
    together = Barrier(2)
    there.function.handler = lambda _records: together.wait(20) and None
    sequences = [there.log.put(key, b"x") for key in keys]
    with there.running(mapping(ParallelizationFactor=2, BatchSize=len(keys) // 2)):
        there.sees(*sequences[:1])
        eventually(lambda: len(there.function.invocations) >= 2, "no second invocation beside the first")
    assert not together.broken


def test_the_checkpoint_is_what_all_lanes_have_settled(there: World) -> None:
    there.log.create()
    there.function.handler = lambda records: NotInvoked("throttled") if first_key(records) == "a" else None
    before = there.log.put("b", b"x")
    with there.running(mapping(ParallelizationFactor=2)):
        there.settles(before)
        blocked, beyond = there.log.put("a", b"x"), there.log.put("b", b"x")
        there.sees(blocked, beyond)
    assert there.settled()["shardId-000000000000"] == before
    there.function.handler = lambda _records: None
    with there.running(mapping(ParallelizationFactor=2)):
        there.settles(beyond)


def test_a_poison_record_is_reported_and_the_others_flow(there: World) -> None:
    there.log.create()
    sequences = [there.log.put("key", b"x") for _ in range(10)]
    poison = sequences[3]

    def handler(records: Records) -> None:
        if any(number(record) == int(poison) for record in records):
            raise RuntimeError("poison")

    there.function.handler = handler
    with there.running(mapping(BisectBatchOnFunctionError=True, MaximumRetryAttempts=2)):
        there.settles(sequences[-1])
    assert there.destination.sequences == [int(poison)]
    assert there.destination.records[0]["KinesisBatchInfo"]["startSequenceNumber"] == poison
    assert there.destination.records[0]["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert "PROBLEM: Function call failed" in there.status.results
    assert there.status.results[-1] == "OK"


def test_a_partial_failure_moves_the_checkpoint_to_the_failed_item(there: World) -> None:
    there.log.create()
    sequences = [there.log.put("key", b"x") for _ in range(4)]
    there.function.handler = lambda records: {"batchItemFailures": [{"itemIdentifier": sequences[2]}]} if len(records) > 1 else None
    with there.running(mapping(FunctionResponseTypes=["ReportBatchItemFailures"])):
        there.settles(sequences[1])
        eventually(lambda: len(there.function.invocations) >= 2, "never sent again")
    assert there.function.invocations[1].sequences == [int(sequence) for sequence in sequences[2:]]


def test_retries_back_off(there: World) -> None:
    there.log.create()
    there.function.handler = lambda _records: NotInvoked("TooManyRequestsException")
    with there.running():
        there.log.put("key", b"x")
        eventually(lambda: len(there.clock.pauses) > 8, "too few retries")
    assert there.clock.pauses[:8] == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    assert there.status.results[0] == "PROBLEM: TooManyRequestsException"


def test_records_too_old_are_reported_without_being_sent(there: World) -> None:
    there.log.create()
    old = there.log.put("key", b"x")
    there.clock.advance(61)
    young = there.log.put("key", b"x")
    with there.running(mapping(MaximumRecordAgeInSeconds=60)):
        there.settles(young)
    assert there.function.sequences == [int(young)]
    assert there.destination.sequences == [int(old)]
    assert there.destination.records[0]["requestContext"]["condition"] == "RecordAgeExceeded"
    assert "responseContext" not in there.destination.records[0]


def test_a_batch_that_fails_for_ever_ends_when_its_records_leave_the_stream(there: World) -> None:
    there.log.create()
    failing = there.log.put("bad", b"x")
    there.function.handler = lambda records: NotInvoked("throttled") if first_key(records) == "bad" else None
    with there.running():
        there.sees(failing)
        there.clock.advance(3600)
        following = there.log.put("good", b"x")
        there.log.trim(before_ms=there.clock.now_ms())
        there.settles(following)
    assert there.destination.sequences == [int(failing)]


def test_an_unreachable_destination_is_tried_again(there: World) -> None:
    there.log.create()
    there.destination.refusals = DELIVERY_TRIES - 1
    there.function.handler = lambda _records: _fail()
    with there.running(mapping(MaximumRetryAttempts=0)):
        there.settles(there.log.put("key", b"x"))
    assert len(there.destination.records) == 1


def _fail() -> None:
    raise RuntimeError("always")


def test_a_destination_that_never_answers_does_not_hold_up_the_shard(there: World) -> None:
    there.log.create()
    there.destination.refusals = 10**6
    there.function.handler = lambda _records: _fail()
    with there.running(mapping(MaximumRetryAttempts=0)):
        there.settles(there.log.put("key", b"x"))
    assert there.destination.records == []


def test_the_batching_window_gathers_records(there: World) -> None:
    there.log.create()
    with there.running(mapping(BatchSize=3, MaximumBatchingWindowInSeconds=300)):
        sequences = [there.log.put("key", b"x") for _ in range(3)]
        there.sees(*sequences)
    assert [len(seen.records) for seen in there.function.invocations] == [3]


def test_children_are_read_after_their_parents_are_done(there: World) -> None:
    there.log.create()
    parents = [there.log.put("key", b"x") for _ in range(3)]
    there.log.split()
    children = [there.log.put("key", b"x", 1), there.log.put("key", b"x", 2)]
    let_go = Event()
    there.function.handler = lambda _records: None if let_go.is_set() else NotInvoked("throttled")
    with there.running():
        there.sees(*parents)
        assert not set(map(int, children)) & set(there.function.sequences)
        let_go.set()
        there.sees(*children)


def test_resharding_while_consuming_loses_nothing(there: World) -> None:
    there.log.create(shards=2)
    with there.running(mapping(StartingPosition="LATEST")):
        eventually(there.settled, "never started")
        first = [there.log.put("key", b"x", shard) for shard in (0, 1)]
        there.log.split(0)
        second = [there.log.put("key", b"x", shard) for shard in (1, 2, 3)]
        there.log.merge(2, 3)
        third = [there.log.put("key", b"x", shard) for shard in (1, 4)]
        there.sees(*first, *second, *third)
        eventually(lambda: there.file.load(mapping().consumer)["shardId-000000000002"].finished, "the split shard's child is not finished")
    assert len(there.function.sequences) == len({*first, *second, *third})


def test_latest_begins_with_the_next_record(there: World) -> None:
    there.log.create()
    there.log.put("key", b"before")
    with there.running(mapping(StartingPosition="LATEST")):
        eventually(there.settled, "never started")
        after = there.log.put("key", b"after")
        there.sees(after)
    assert there.function.sequences == [int(after)]


def test_at_timestamp_begins_with_the_first_record_since_then(there: World) -> None:
    there.log.create()
    there.log.put("key", b"before")
    there.clock.advance(10)
    wanted = there.log.put("key", b"wanted")
    start = mapping(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=there.clock.now_ms() / 1000)
    with there.running(start):
        there.sees(wanted)
    assert there.function.sequences == [int(wanted)]


@pytest.mark.parametrize("position", ["TRIM_HORIZON", "LATEST"])
def test_a_mapping_made_anew_resumes_behind_what_was_settled(there: World, position: str) -> None:
    there.log.create()
    with there.running(mapping(StartingPosition=position)):
        eventually(there.settled, "never started")
        first = there.log.put("key", b"x")
        there.settles(first)
    meanwhile = there.log.put("key", b"x")
    with there.running(mapping(StartingPosition=position, UUID="another")):
        there.settles(meanwhile)
    assert there.function.sequences == [int(first), int(meanwhile)]


def test_a_stream_made_anew_is_read_from_the_starting_position(there: World) -> None:
    there.log.create()
    with there.running():
        before = there.log.put("key", b"x")
        there.settles(before)
    there.log.delete()
    there.log.create()
    again = [there.log.put("key", b"x") for _ in range(2)]
    with there.running():
        there.settles(again[-1])
    assert there.function.sequences == [int(before), *map(int, again)]


def test_a_stream_that_is_deleted_and_made_anew_meanwhile_is_taken_up(there: World) -> None:
    there.log.create()
    with there.running():
        there.settles(there.log.put("key", b"x"))
        there.log.delete()
        eventually(lambda: "PROBLEM: Stream not found" in there.status.results, "the missing stream was not noticed")
        there.log.create()
        there.sees(there.log.put("key", b"x"))


def test_records_trimmed_past_the_checkpoint_are_passed_over(there: World) -> None:
    there.log.create()
    with there.running():
        there.settles(there.log.put("key", b"x"))
    there.log.put("key", b"trimmed")
    there.clock.advance(3600)
    kept = there.log.put("key", b"kept")
    there.log.trim(before_ms=there.clock.now_ms())
    with there.running():
        there.settles(kept)
    assert int(kept) == there.function.sequences[-1]
    assert len(there.function.sequences) == 2


def test_a_stop_during_back_off_leaves_the_batch_to_the_next_one(there: World) -> None:
    there.log.create()
    there.function.handler = lambda _records: NotInvoked("throttled")
    with there.running():
        sequence = there.log.put("key", b"x")
        there.sees(sequence)
    assert there.settled()["shardId-000000000000"] is None
    there.function.handler = lambda _records: None
    with there.running():
        there.settles(sequence)


class Flaky:
    """A function that fails as drawn, and notes in which order it took each key's records."""

    def __init__(self, outcomes: list[str]) -> None:
        self._outcomes = iter(outcomes)
        self._lock = Lock()
        self.taken: dict[str, list[int]] = defaultdict(list)

    def __call__(self, records: Records) -> Any:
        with self._lock:
            match next(self._outcomes, "ok"):
                case "error":
                    raise RuntimeError("drawn")
                case "throttle":
                    return NotInvoked("TooManyRequestsException")
                case "partial":
                    middle = len(records) // 2
                    self._take(records[:middle])
                    return {"batchItemFailures": [{"itemIdentifier": records[middle]["kinesis"]["sequenceNumber"]}]}
                case _:
                    self._take(records)
                    return None

    def _take(self, records: Records) -> None:
        for record in records:
            self.taken[record["kinesis"]["partitionKey"]].append(number(record))


@settings(max_examples=25, deadline=None)
@given(
    keys=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=40),
    outcomes=st.lists(st.sampled_from(["ok", "error", "throttle", "partial"]), max_size=30),
    lanes=st.integers(1, 4),
    batch_size=st.integers(1, 10),
    bisect=st.booleans(),
)
def test_every_record_is_taken_once_settled_and_in_its_keys_order(
    keys: list[str], outcomes: list[str], lanes: int, batch_size: int, bisect: bool
) -> None:
    with TemporaryDirectory() as folder:
        there = world(Path(folder))
        flaky = Flaky(outcomes)
        there.function = FakeFunction(flaky)
        there.log.create()
        put = defaultdict(list)
        for key in keys:
            last = there.log.put(key, b"x")
            put[key].append(int(last))
        config = mapping(
            ParallelizationFactor=lanes,
            BatchSize=batch_size,
            BisectBatchOnFunctionError=bisect,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        with there.running(config):
            there.settles(last)
        there.file.close()
    assert flaky.taken == put
    assert there.destination.sequences == []
