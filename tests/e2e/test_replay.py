"""A recording through three devices at twenty times its speed: the database holds it value by value, and the rollups follow."""

import csv
from pathlib import Path

import pytest

from tests.e2e.local_stack import ROOT, LocalStack
from tests.e2e.replaying import Replay, replay, stored_values, wait_until_stored

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


def test_each_session_is_the_recordings_file_row_by_row(stack: LocalStack, played: Replay) -> None:
    wait_until_stored(stack, played)
    recorded = _recorded("m07_s01")
    sessions = {(value[1], value[4]) for value in played.expected}
    assert {device for device, _ in sessions} == set(DEVICES)
    for _, session in sessions:
        stored = [value for value in stored_values(stack, played.expected) if value[4] == session]
        began_ms = min(value[3] for value in stored)
        assert sorted((value[3] - began_ms, value[2], value[5]) for value in stored) == recorded


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


def _recorded(name: str) -> list[tuple[int, str, float]]:
    """The file's own words, read without the product: milliseconds from the start, metric, value."""
    with (ROOT / f"iot/recordings/{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["t_ms"] == "0"
    metrics = [column for column in rows[0] if column not in {"t_ms", "repetition"}]
    return sorted((int(row["t_ms"]), metric, float(row[metric])) for row in rows for metric in metrics)


def test_basic_ingest_reaches_the_same_tables(stack: LocalStack, tmp_path: Path) -> None:
    performance = replay(stack, tmp_path, ["north-tracker-3"], "--recording", "m05_s01", "--ingestion", "basic-ingest")
    performance.run()
    wait_until_stored(stack, performance)
