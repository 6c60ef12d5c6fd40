"""From the database to the therapist: documents, rollups and the front end's answers agree with MySQL, value by value."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import rows
from tests.e2e.browsing import Browser, browser
from tests.e2e.local_stack import LocalStack, until
from tests.e2e.reconciling import assert_read_model_agrees
from tests.e2e.replaying import Replay, replay, wait_until_stored

NORTH = "therapist@clinic-north.example"
DEVICES = ["north-tracker-1", "south-tracker-2"]


@pytest.fixture(scope="module")
def played(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    stack.wait_until_up()
    performance = replay(stack, tmp_path_factory.mktemp("read-model"), DEVICES, "--recording", "m10_s01", "--duplicates", "0.1")
    performance.run()
    wait_until_stored(stack, performance)
    assert_read_model_agrees(stack)
    return performance


@pytest.fixture
def therapist(running: LocalStack) -> Any:
    with browser(running) as person:
        assert person.sign_in(NORTH).status_code == 200
        yield person


def _session_of(played: Replay, device: str) -> str:
    return next(value[4] for value in played.expected if value[1] == device)


def test_the_read_model_holds_every_row(running: LocalStack, played: Replay) -> None:
    assert played.expected
    assert_read_model_agrees(running)


def test_a_sessions_answer_is_its_row(running: LocalStack, therapist: Browser, played: Replay) -> None:
    session_id = _session_of(played, "north-tracker-1")
    wanted = rows.session(running, session_id)
    assert wanted["ended_at"] is not None
    assert therapist.get(f"/sessions/{session_id}").json() == wanted


def test_a_members_answer_is_her_row_and_her_progress_the_days_of_her_sessions(
    running: LocalStack, therapist: Browser, played: Replay
) -> None:
    assert played.expected
    assert therapist.get("/members/member-ada").json() == rows.member(running, "member-ada")
    wanted = rows.progress(running, "member-ada")
    assert sum(day["session_count"] for day in wanted) >= 1
    until_ms = max(value[3] for value in played.expected) + rows.DAY_MS
    answer = therapist.get("/members/member-ada/progress", params={"to": rows.iso(until_ms)}).json()
    assert answer["items"] == wanted


def test_a_devices_answer_is_its_rows_and_its_newest_values(running: LocalStack, therapist: Browser, played: Replay) -> None:
    assert played.expected
    wanted = rows.device(running, "north-tracker-1")
    assert len(wanted["last_values"]) == 8

    def agrees() -> bool:
        answer = therapist.get("/devices/north-tracker-1").json()
        return bool(answer.pop("presence")["since"]) and answer == wanted

    until(agrees, 60, f"the device to be told as {wanted}")


@pytest.mark.parametrize("metric", ["shoulder_elevation_left", "knee_flexion_right"])
def test_a_raw_series_is_the_recording_value_by_value(therapist: Browser, played: Replay, metric: str) -> None:
    wanted = [(value[3], value[5]) for value in played.expected if value[1] == "north-tracker-1" and value[2] == metric]
    span = {"from": rows.iso(wanted[0][0]), "to": rows.iso(wanted[-1][0] + 1)}
    answer = therapist.get("/devices/north-tracker-1/series", params={"metric": metric, "resolution": "raw", **span})
    assert answer.status_code == 200, answer.text
    points = [(int(dt.datetime.fromisoformat(p["at"]).timestamp() * 1000 + 0.5), p["value"]) for p in answer.json()["points"]]
    assert points == wanted


@pytest.mark.parametrize("resolution", ["minute", "hour", "day"])
def test_rollups_are_the_databases(running: LocalStack, therapist: Browser, played: Replay, resolution: str) -> None:
    times = [value[3] for value in played.expected if value[1] == "north-tracker-1"]
    start_ms = min(times) - min(times) % rows.BUCKET_MS[resolution]
    asked = {"metric": "hip_flexion_left", "resolution": resolution, "from": rows.iso(start_ms), "to": rows.iso(max(times) + rows.DAY_MS)}
    answer = therapist.get("/devices/north-tracker-1/series", params=asked)
    assert answer.status_code == 200, answer.text
    wanted = rows.rollups(running, "north-tracker-1", "hip_flexion_left", resolution, start_ms)
    assert wanted
    assert answer.json()["points"] == wanted


def test_another_tenants_objects_are_not_found(therapist: Browser, played: Replay) -> None:
    foreign = _session_of(played, "south-tracker-2")
    series = "/devices/south-tracker-2/series?metric=hip_flexion_left&resolution=hour"
    for path in (f"/sessions/{foreign}", "/devices/south-tracker-2", "/members/member-emil", "/members/member-emil/progress", series):
        assert therapist.get(path).status_code == 404, path
    listed = therapist.get("/sessions", params={"limit": 200}).json()["items"]
    assert foreign not in {item["session_id"] for item in listed}


def test_lists_and_search_find_the_tenants_own(therapist: Browser, played: Replay) -> None:
    session = _session_of(played, "north-tracker-1")
    assert session in {s["session_id"] for s in therapist.get("/sessions", params={"member_id": "member-ada"}).json()["items"]}
    assert {d["device_id"] for d in therapist.get("/devices").json()["items"]} >= {"north-tracker-1", "north-tracker-2"}
    found = therapist.get("/search", params={"q": "scapt"}).json()
    assert session in {s["session_id"] for s in found["sessions"]}


def test_what_happens_at_a_device_is_told_as_events_without_gap_or_repeat(running: LocalStack, therapist: Browser, tmp_path: Path) -> None:
    first = therapist.get("/events")
    assert first.headers["content-type"].startswith("text/event-stream")
    changes = Changes(running)
    performance = replay(running, tmp_path, ["north-tracker-2", "south-tracker-2"], "--recording", "m05_s01")
    performance.run()
    wait_until_stored(running, performance)
    session_id = _session_of(performance, "north-tracker-2")
    wanted = rows.session(running, session_id)
    position, told = _last_event_id(first.text), list[dict[str, Any]]()

    def is_over() -> bool:
        nonlocal position
        answer = therapist.get("/events", headers={"Last-Event-ID": position}).text
        position = _last_event_id(answer) or position
        told.extend(_events(answer))
        return wanted in [event["data"] for event in told] and not _events(answer)

    until(is_over, 90, "the session's last state, and the silence after it")
    assert {event["event"] for event in told} <= {"session.updated", "reading.rolled_up", "device.presence"}
    assert "south" not in json.dumps(told)
    states = [event["data"]["value_count"] for event in told if event["data"].get("session_id") == session_id]
    # Of a session that changed several times between two looks the newest state alone is told.
    changed = changes.value_counts_of(session_id)
    following = iter(changed)
    assert all(state in following for state in states), (states, changed)
    assert states[-1] == changed[-1]
    assert len(changed) > 1


class Changes:
    """The stream of changes from now on, read without the product."""

    def __init__(self, stack: LocalStack) -> None:
        self._kinesis, stream = stack.client("kinesis"), stack.content["streams"]["changes"]
        self._iterators = [
            self._kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="LATEST")["ShardIterator"]
            for shard in self._kinesis.list_shards(StreamName=stream)["Shards"]
        ]

    def value_counts_of(self, session_id: str) -> list[int]:
        """The value counts of a session, as its row's changes tell them one after another."""
        records = [json.loads(record["Data"]) for iterator in self._iterators for record in self._records(iterator)]
        return [it["data"]["value_count"] for it in records if it.get("data", {}).get("session_id") == session_id]

    def _records(self, iterator: str) -> Iterator[Any]:
        while True:
            answer = self._kinesis.get_records(ShardIterator=iterator)
            yield from answer["Records"]
            iterator = answer["NextShardIterator"]
            if answer["MillisBehindLatest"] == 0 and not answer["Records"]:
                return


def _events(text: str) -> list[dict[str, Any]]:
    """What an answer of Server-Sent Events tells, as names and data."""
    frames = (dict(line.split(": ", 1) for line in frame.splitlines() if ": " in line) for frame in text.split("\n\n"))
    return [{"event": frame["event"], "data": json.loads(frame["data"])} for frame in frames if "event" in frame]


def _last_event_id(text: str) -> str:
    ids = [line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: ")]
    return ids[-1] if ids else ""
