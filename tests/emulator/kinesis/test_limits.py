"""What a shard takes and gives in a second, with a clock that the test moves."""

import pytest

from emulator.kinesis.limits import READ_BYTES_PER_S, WRITE_BYTES_PER_S, NoLimits, ShardLimits
from tests.emulator.kinesis.logs import START_MS, STREAM

SHARD = (STREAM, "shardId-000000000000")
OTHER = (STREAM, "shardId-000000000001")


@pytest.fixture
def limits() -> ShardLimits:
    return ShardLimits()


def writes(limits: ShardLimits, count: int, size_bytes: int, at_ms: int = START_MS) -> int:
    return sum(limits.may_write(SHARD, size_bytes, at_ms) for _ in range(count))


def test_a_shard_takes_a_thousand_records_at_once(limits: ShardLimits) -> None:
    assert writes(limits, 1500, 10) == 1000


def test_a_shard_takes_one_mebibyte_at_once(limits: ShardLimits) -> None:
    assert writes(limits, 20, WRITE_BYTES_PER_S // 10) == 10


def test_half_a_second_later_half_as_much_fits_again(limits: ShardLimits) -> None:
    writes(limits, 1000, 10)
    assert writes(limits, 1000, 10, START_MS + 500) == 500


def test_an_idle_hour_saves_up_no_more_than_a_second(limits: ShardLimits) -> None:
    assert writes(limits, 1, 10) == 1
    assert writes(limits, 1500, 10, START_MS + 3_600_000) == 1000


def test_a_refused_record_costs_nothing(limits: ShardLimits) -> None:
    assert writes(limits, 1, WRITE_BYTES_PER_S) == 1
    assert writes(limits, 50, 1) == 0
    assert writes(limits, 2000, 1, START_MS + 1000) == 1000


def test_a_record_larger_than_a_seconds_worth_passes_when_nothing_else_does(limits: ShardLimits) -> None:
    assert writes(limits, 2, 5 * WRITE_BYTES_PER_S) == 1


def test_shards_do_not_share_their_limits(limits: ShardLimits) -> None:
    writes(limits, 1000, 10)
    assert limits.may_write(OTHER, 10, START_MS)


def test_five_reads_a_second(limits: ShardLimits) -> None:
    assert sum(limits.may_read(SHARD, START_MS) for _ in range(9)) == 5
    assert limits.may_read(SHARD, START_MS + 200)


def test_a_large_read_makes_the_following_ones_wait(limits: ShardLimits) -> None:
    assert limits.may_read(SHARD, START_MS)
    limits.has_read(SHARD, 5 * READ_BYTES_PER_S)
    assert not limits.may_read(SHARD, START_MS + 3900)
    assert limits.may_read(SHARD, START_MS + 4000)


def test_without_limits_everything_passes() -> None:
    assert all(NoLimits().may_write(SHARD, 10**9, START_MS) for _ in range(2000))
    assert all(NoLimits().may_read(SHARD, START_MS) for _ in range(20))
