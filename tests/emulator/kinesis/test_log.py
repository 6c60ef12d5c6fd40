"""The log's promises: order, places, waiting, retention, resharding, and what a reopened file holds."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emulator.kinesis import scaling
from emulator.kinesis.database import DatabaseInUseError
from emulator.kinesis.limits import ShardLimits
from emulator.kinesis.log import MAX_READ_BYTES, StreamLog
from emulator.kinesis.model import (
    ShardClosedError,
    StreamDetails,
    StreamExistsError,
    StreamKey,
    StreamReader,
    UnknownShardError,
    UnknownStreamError,
)
from tests.emulator.kinesis.logs import START_MS, STREAM, FakeClock, by_key, entry, new_stream, open_shards, put, read_shard, read_stream

SHARD = "shardId-000000000000"


def test_the_log_is_a_stream_reader(log: StreamLog) -> None:
    reader: StreamReader = log
    new_stream(log, 2)
    assert [shard.shard_id for shard in reader.shards(STREAM)] == [SHARD, "shardId-000000000001"]


def test_records_are_read_in_the_order_of_their_sequence_numbers(log: StreamLog) -> None:
    new_stream(log)
    numbers = put(log, b"a", b"b") + put(log, b"c")
    records = read_shard(log, SHARD, limit=2)
    assert [record.data for record in records] == [b"a", b"b", b"c"]
    assert [record.sequence_number for record in records] == numbers == sorted(numbers, key=int)


def test_a_read_begins_after_a_sequence_number_within_a_put(log: StreamLog) -> None:
    new_stream(log)
    numbers = put(log, b"a", b"b", b"c")
    assert [record.data for record in log.read(STREAM, SHARD, numbers[0], 10).records] == [b"b", b"c"]


def test_what_fell_out_of_memory_comes_from_the_file(log: StreamLog) -> None:
    new_stream(log)
    for index in range(24):
        put(log, bytes([index]) * 1024 * 1024)
    assert [record.data[0] for record in read_shard(log, SHARD, limit=3)] == list(range(24))


def test_a_read_brings_at_most_10_mebibytes(log: StreamLog) -> None:
    new_stream(log)
    for _ in range(12):
        put(log, b"x" * 1024 * 1024)
    batch = log.read(STREAM, SHARD, None, 10_000)
    assert sum(len(record.data) for record in batch.records) <= MAX_READ_BYTES
    assert len(batch.records) == 9


def test_one_record_is_read_however_large_it_is(log: StreamLog) -> None:
    new_stream(log)
    put(log, b"x" * (MAX_READ_BYTES + 1), b"y")
    assert len(log.read(STREAM, SHARD, None, 10).records) == 1


def test_millis_behind_latest_is_the_age_of_what_was_read_unless_nothing_follows(log: StreamLog, clock: FakeClock) -> None:
    new_stream(log)
    put(log, b"a", b"b")
    clock.advance(5)
    assert log.read(STREAM, SHARD, None, 1).millis_behind_latest == 5000
    assert log.read(STREAM, SHARD, None, 2).millis_behind_latest == 0


@pytest.mark.parametrize("end", ["first_hash_key", "last_hash_key"])
def test_explicit_hash_keys_decide_the_shard(log: StreamLog, end: str) -> None:
    new_stream(log, 4)
    entries = [entry("k")._replace(hash_key=getattr(shard, end)) for shard in open_shards(log)]
    assert [placement.shard_id for placement in log.put(STREAM, entries)] == [shard.shard_id for shard in open_shards(log)]


def test_latest_is_what_is_put_next(log: StreamLog) -> None:
    new_stream(log)
    put(log, b"old")
    after = log.sequence_before(STREAM, SHARD, None)
    put(log, b"new")
    assert [record.data for record in log.read(STREAM, SHARD, after, 10).records] == [b"new"]


@pytest.mark.parametrize(("at_s", "expected"), [(-1, 3), (0, 3), (0.001, 2), (10, 2), (10.001, 1), (20, 1), (20.001, 0)])
def test_a_timestamp_begins_with_the_first_record_that_arrived_then_or_later(
    log: StreamLog, clock: FakeClock, at_s: float, expected: int
) -> None:
    new_stream(log)
    for data in (b"a", b"b", b"c"):
        put(log, data)
        clock.advance(10)
    after = log.sequence_before(STREAM, SHARD, START_MS + round(at_s * 1000))
    assert len(log.read(STREAM, SHARD, after, 10).records) == expected


def test_arrival_times_never_go_back(log: StreamLog, clock: FakeClock) -> None:
    new_stream(log)
    put(log, b"a")
    clock.advance(-60)
    put(log, b"b")
    assert [record.arrived_at_ms for record in read_stream(log)] == [START_MS, START_MS]


def test_a_put_wakes_whoever_waits(log: StreamLog) -> None:
    new_stream(log)
    after = put(log, b"a")[0]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(log.wait, STREAM, SHARD, after, 30)
        put(log, b"b")
        assert waiting.result(30)


def test_waiting_ends_when_the_time_is_up(log: StreamLog) -> None:
    new_stream(log)
    assert not log.wait(STREAM, SHARD, None, 0.01)


def test_nobody_waits_for_what_is_there(log: StreamLog) -> None:
    new_stream(log)
    put(log, b"a")
    assert log.wait(STREAM, SHARD, None, 0)


def test_closing_a_shard_wakes_whoever_waits(log: StreamLog) -> None:
    new_stream(log)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(log.wait, STREAM, SHARD, None, 30)
        log.reshard(STREAM, [scaling.split(ends(log)[0], 2**100)])
        assert waiting.result(30)


def test_deleting_a_stream_wakes_whoever_waits_and_leaves_nothing(log: StreamLog) -> None:
    new_stream(log)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(log.wait, STREAM, SHARD, None, 30)
        log.delete(STREAM)
        assert waiting.result(30)
    with pytest.raises(UnknownStreamError):
        log.read(STREAM, SHARD, None, 1)


def ends(log: StreamLog) -> list[tuple[int, int]]:
    return [(shard.first_hash_key, shard.last_hash_key) for shard in open_shards(log)]


def test_a_split_closes_the_parent_and_its_children_follow(log: StreamLog) -> None:
    new_stream(log)
    put(log, b"a")
    log.reshard(STREAM, [scaling.split(ends(log)[0], 2**127)])
    parent, *children = log.shards(STREAM)
    assert [child.parent_id for child in children] == [SHARD, SHARD]
    assert all(int(parent.last_sequence_number or 0) < int(child.first_sequence_number) for child in children)
    assert log.read(STREAM, SHARD, None, 10).end_of_shard


def test_a_shard_ends_only_after_its_last_record(log: StreamLog) -> None:
    new_stream(log)
    first, _ = put(log, b"a", b"b")
    log.reshard(STREAM, [scaling.split(ends(log)[0], 2**127)])
    assert not log.read(STREAM, SHARD, None, 1).end_of_shard
    assert log.read(STREAM, SHARD, first, 1).end_of_shard


def test_a_merge_names_both_parents(log: StreamLog) -> None:
    new_stream(log, 2)
    log.reshard(STREAM, [scaling.merge(*ends(log))])
    child = log.shards(STREAM)[-1]
    assert (child.parent_id, child.adjacent_parent_id) == (SHARD, "shardId-000000000001")


def test_a_closed_shard_is_not_split_again_and_nothing_changes(log: StreamLog) -> None:
    new_stream(log)
    step = scaling.split(ends(log)[0], 2**127)
    log.reshard(STREAM, [step])
    before = log.shards(STREAM)
    with pytest.raises(ShardClosedError):
        log.reshard(STREAM, [scaling.split(ends(log)[0], 5), step])
    assert log.shards(STREAM) == before


def test_records_disappear_when_retention_is_over(log: StreamLog, clock: FakeClock) -> None:
    new_stream(log)
    put(log, b"old")
    clock.advance(12 * 3600)
    put(log, b"new")
    clock.advance(12 * 3600 + 1)
    assert [record.data for record in read_stream(log)] == [b"new"]
    log.trim()
    assert [record.data for record in read_stream(log)] == [b"new"]


def test_trimming_keeps_what_retention_still_covers(log: StreamLog, clock: FakeClock) -> None:
    new_stream(log, 2)
    numbers = put(log, b"old")
    clock.advance(24 * 3600 + 1)
    log.trim()
    put(log, b"new")
    assert [record.data for record in read_stream(log)] == [b"new"]
    shard_id = log.put(STREAM, [entry("device-1", b"newer")])[0].shard_id
    assert [record.data for record in read_shard(log, shard_id, numbers[0])] == [b"new", b"newer"]


def test_a_longer_retention_keeps_records_longer(log: StreamLog, clock: FakeClock) -> None:
    new_stream(log, retention_hours=48)
    put(log, b"a")
    clock.advance(47 * 3600)
    log.trim()
    assert len(read_stream(log)) == 1


def test_a_closed_shard_is_forgotten_with_its_last_record(log: StreamLog, clock: FakeClock) -> None:
    new_stream(log)
    log.reshard(STREAM, [scaling.split(ends(log)[0], 2**127)])
    clock.advance(24 * 3600 + 1)
    log.trim()
    assert [shard.shard_id for shard in log.shards(STREAM)] == ["shardId-000000000001", "shardId-000000000002"]
    with pytest.raises(UnknownShardError):
        log.read(STREAM, SHARD, None, 1)


def test_two_streams_of_one_name_cannot_be(log: StreamLog) -> None:
    new_stream(log)
    with pytest.raises(StreamExistsError):
        new_stream(log)


def test_streams_belong_to_an_account_and_a_region(log: StreamLog) -> None:
    new_stream(log)
    new_stream(log, stream=StreamKey("000000000000", "us-east-1", "telemetry"))
    assert log.names("000000000000", "us-east-1") == ["telemetry"]
    assert log.names("111111111111", "us-east-1") == []


def test_what_the_limits_refuse_is_not_stored(tmp_path: Path, clock: FakeClock) -> None:
    log = StreamLog(tmp_path / "limited.sqlite", clock, ShardLimits())
    new_stream(log)
    placements = [p for _ in range(3) for p in log.put(STREAM, [entry("k", b"x")] * 500)]
    assert [placement.sequence_number is None for placement in placements] == [False] * 1000 + [True] * 500
    assert len(read_stream(log)) == 1000
    log.close()


def test_a_new_stream_of_an_old_name_goes_on_with_greater_sequence_numbers(log: StreamLog) -> None:
    new_stream(log)
    old = put(log, b"a")[0]
    log.delete(STREAM)
    new_stream(log)
    assert int(log.shards(STREAM)[0].first_sequence_number) > int(old)
    assert read_stream(log) == []


def test_everything_is_there_when_the_file_is_opened_again(tmp_path: Path, clock: FakeClock) -> None:
    file = tmp_path / "again.sqlite"
    log = StreamLog(file, clock)
    log.create(STREAM, 2, StreamDetails(START_MS, retention_hours=72, tags={"team": "gonio"}))
    put(log, b"a", b"b")
    log.reshard(STREAM, scaling.scale(ends(log), 3))
    last = put(log, b"c")[0]
    before = (log.details(STREAM), log.shards(STREAM), sorted(read_stream(log), key=lambda record: int(record.sequence_number)))
    log.close()
    log = StreamLog(file, clock)
    assert before == (log.details(STREAM), log.shards(STREAM), sorted(read_stream(log), key=lambda record: int(record.sequence_number)))
    assert int(put(log, b"d")[0]) > int(last)
    log.close()


def test_a_stream_that_was_found_is_adopted_once(tmp_path: Path) -> None:
    file = tmp_path / "adopted.sqlite"
    log = StreamLog(file)
    new_stream(log)
    assert not log.adopt(STREAM)
    log.close()
    log = StreamLog(file)
    assert [log.adopt(STREAM), log.adopt(STREAM)] == [True, False]
    log.close()


def test_a_file_is_open_in_one_log_only(log: StreamLog, tmp_path: Path) -> None:
    assert log.names("000000000000", "eu-west-1") == []
    with pytest.raises(DatabaseInUseError, match="in use by another process"):
        StreamLog(tmp_path / "streams.sqlite")


def test_concurrent_putters_lose_nothing_and_keep_their_order(log: StreamLog) -> None:
    new_stream(log, 3)

    def put_many(key: str) -> None:
        for index in range(40):
            log.put(STREAM, [entry(key, f"{index}-{item}".encode()) for item in range(5)])

    keys = [f"device-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put_many, keys))
    expected = [f"{index}-{item}".encode() for index in range(40) for item in range(5)]
    assert by_key(read_stream(log)) == dict.fromkeys(keys, expected)
    numbers = [record.sequence_number for record in read_stream(log)]
    assert len(set(numbers)) == len(numbers)
