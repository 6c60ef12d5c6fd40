"""How far behind a mapping tells each shard to be, and the metrics that become of it."""

from datetime import UTC, datetime
from threading import Event
from typing import Any

from emulator.event_source.lag_metrics import lag_metrics
from emulator.event_source.model import Consumer
from tests.emulator.event_source.fakes import CONSUMER, FakeFunction, eventually, mapping
from tests.emulator.event_source.running import World

FIRST, SECOND = "shardId-000000000000", "shardId-000000000001"
AT = datetime(2026, 11, 24, tzinfo=UTC)


def test_a_shard_whose_function_does_not_answer_falls_behind_and_an_idle_one_does_not(there: World) -> None:
    answers = Event()
    there.function = FakeFunction(lambda _records: answers.wait(30) and None)
    there.log.create(shards=2)
    sequence = there.log.put("key", b"x")
    there.log.put("key", b"x")
    with there.running(mapping(BatchSize=1)):
        there.sees(sequence)
        there.clock.advance(7)
        eventually(lambda: there.status.told[-1:] == [{FIRST: 7000, SECOND: 0}], "the shard's lag was not told")
        answers.set()
        eventually(lambda: there.status.told[-1] == {FIRST: 0, SECOND: 0}, "the shard never caught up")


def test_a_shard_that_is_read_to_its_end_is_told_no_more(there: World) -> None:
    there.log.create()
    there.log.split()
    with there.running():
        eventually(lambda: there.status.told[-1:] == [{SECOND: 0, "shardId-000000000002": 0}], "the parent is still told")


def _values(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[tuple[Any, ...]]]:
    return {
        namespace: [(it["MetricName"], {d["Name"]: d["Value"] for d in it["Dimensions"]}, it["Value"]) for it in data]
        for namespace, data in found.items()
    }


def test_a_function_s_age_is_its_worst_batch_s_and_a_shard_s_that_of_what_waits_where_it_is_older() -> None:
    assert _values(lag_metrics(CONSUMER, {FIRST: 120, SECOND: 90}, {FIRST: 80, SECOND: 300}, AT)) == {
        "AWS/Lambda": [("IteratorAge", {"FunctionName": "ingest"}, 120)],
        "AWS/Kinesis": [
            ("IteratorAgeMilliseconds", {"StreamName": "telemetry", "ShardId": FIRST}, 120),
            ("IteratorAgeMilliseconds", {"StreamName": "telemetry", "ShardId": SECOND}, 300),
        ],
    }


def test_shards_that_nothing_came_from_are_up_to_date_and_the_function_has_no_age() -> None:
    assert _values(lag_metrics(CONSUMER, {}, {FIRST: 0}, AT)) == {
        "AWS/Kinesis": [("IteratorAgeMilliseconds", {"StreamName": "telemetry", "ShardId": FIRST}, 0)]
    }


def test_a_mapping_that_reads_nothing_has_nothing_to_tell() -> None:
    assert lag_metrics(CONSUMER, {}, {}, AT) == {}


def test_an_alias_s_batches_are_its_function_s() -> None:
    found = lag_metrics(Consumer(CONSUMER.stream_arn, f"{CONSUMER.function_arn}:live"), {FIRST: 1}, {}, AT)
    assert _values(found)["AWS/Lambda"] == [("IteratorAge", {"FunctionName": "ingest"}, 1)]
