"""A recording through three devices at twenty times its speed: the database holds it value by value, and the rollups follow."""

from pathlib import Path

import pytest

from tests.e2e.local_stack import LocalStack
from tests.e2e.replaying import Replay, replay, wait_until_stored

DEVICES = ["north-tracker-1", "north-tracker-2", "south-tracker-1"]


@pytest.fixture(scope="module")
def played(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    folder = tmp_path_factory.mktemp("replay")
    options = ["--recording", "m07_s01", "--duplicates", "0.1", "--disorder", "0.2", "--seed", "7"]
    performance = replay(stack, folder, DEVICES, *options)
    performance.run()
    return performance


def test_the_database_holds_the_recording_value_by_value(stack: LocalStack, played: Replay) -> None:
    assert {message["fault"] for message in played.messages} >= {"duplicate", "late"}
    assert {value[1] for value in played.expected} == set(DEVICES)
    wait_until_stored(stack, played)


@pytest.mark.parametrize(("view", "bucket"), [("rollup_hour", "%%Y-%%m-%%d %%H:00:00"), ("rollup_day", "%%Y-%%m-%%d 00:00:00")])
def test_a_rollup_equals_what_sql_computes_from_the_values(stack: LocalStack, played: Replay, view: str, bucket: str) -> None:
    wait_until_stored(stack, played)
    computed = f"""
        SELECT tenant_id, device_id, metric, CAST(DATE_FORMAT(measured_at, '{bucket}') AS DATETIME) AS bucket_start,
               COUNT(*), MIN(value), MAX(value), SUM(value)
        FROM reading_values WHERE device_id IN %s GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""
    kept = f"SELECT tenant_id, device_id, metric, bucket_start, count, min, max, sum FROM {view} WHERE device_id IN %s ORDER BY 1, 2, 3, 4"
    expected, found = stack.query(computed, DEVICES), stack.query(kept, DEVICES)
    assert expected
    assert [row[:7] for row in found] == [row[:7] for row in expected]
    assert [row[7] for row in found] == pytest.approx([row[7] for row in expected], rel=1e-9)


def test_the_sessions_know_their_member_exercise_and_bounds(stack: LocalStack, played: Replay) -> None:
    wait_until_stored(stack, played)
    for session in sorted({value[4] for value in played.expected}):
        ((member, exercise, started, ended, first, last, count),) = stack.query(
            "SELECT member_id, exercise, started_at_ms, ended_at_ms, first_value_ms, last_value_ms, value_count"
            " FROM sessions WHERE session_id = %s",
            session,
        )
        times = [value[3] for value in played.expected if value[4] == session]
        assert (first, last, count) == (min(times), max(times), len(times))
        assert started <= first
        assert ended >= last
        assert exercise == "standing_shoulder_abduction"
        assert member


def test_basic_ingest_reaches_the_same_tables(stack: LocalStack, tmp_path: Path) -> None:
    performance = replay(stack, tmp_path, ["north-tracker-3"], "--recording", "m05_s01", "--ingestion", "basic-ingest")
    performance.run()
    wait_until_stored(stack, performance)
