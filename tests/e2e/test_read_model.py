"""From the database to the therapist: documents, rollups and the front end's answers agree with MySQL, value by value."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

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
    session = _session_of(played, "north-tracker-1")
    answer = therapist.get(f"/sessions/{session}").json()
    ((member, exercise, count, first),) = running.query(
        "SELECT member_id, exercise, value_count, first_value_ms FROM sessions WHERE session_id = %s", session
    )
    assert (answer["member_id"], answer["exercise"], answer["value_count"]) == (member, exercise, count)
    assert answer["device_ids"] == ["north-tracker-1"]
    assert dt.datetime.fromisoformat(answer["first_value_at"]) == _moment(first)


@pytest.mark.parametrize("metric", ["shoulder_elevation_left", "knee_flexion_right"])
def test_a_raw_series_is_the_recording_value_by_value(therapist: Browser, played: Replay, metric: str) -> None:
    wanted = [(value[3], value[5]) for value in played.expected if value[1] == "north-tracker-1" and value[2] == metric]
    span = {"from": _iso(wanted[0][0]), "to": _iso(wanted[-1][0] + 1)}
    answer = therapist.get("/devices/north-tracker-1/series", params={"metric": metric, "resolution": "raw", **span})
    assert answer.status_code == 200, answer.text
    points = [(int(dt.datetime.fromisoformat(p["at"]).timestamp() * 1000 + 0.5), p["value"]) for p in answer.json()["points"]]
    assert points == wanted


def test_hourly_rollups_are_the_databases(running: LocalStack, therapist: Browser, played: Replay) -> None:
    assert played.expected
    answer = therapist.get("/devices/north-tracker-1/series", params={"metric": "hip_flexion_left", "resolution": "hour"})
    assert answer.status_code == 200, answer.text
    rows = running.query(
        "SELECT count, min, max FROM rollup_hour WHERE device_id = 'north-tracker-1' AND metric = 'hip_flexion_left' ORDER BY bucket_start"
    )
    assert [(p["count"], p["min"], p["max"]) for p in answer.json()["points"]] == rows


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


def test_a_device_shows_its_presence_and_last_values(running: LocalStack, therapist: Browser, played: Replay) -> None:
    assert played.expected
    device = until(lambda: _with_presence(therapist), 30, "the device's presence to be known")
    assert {value["metric"] for value in device["last_values"]} >= {"knee_flexion_left", "shoulder_elevation_right"}
    assert device["battery_percent"] is not None


def test_what_happens_at_a_device_is_told_as_an_event_without_gap_or_repeat(
    running: LocalStack, therapist: Browser, tmp_path: Path
) -> None:
    first = therapist.get("/events")
    assert first.headers["content-type"].startswith("text/event-stream")
    position = _last_id(first.text)
    performance = replay(running, tmp_path, ["north-tracker-2"], "--recording", "m05_s01")
    performance.run()
    session = _session_of(performance, "north-tracker-2")
    seen: list[str] = []

    def is_told() -> bool:
        nonlocal position
        answer = therapist.get("/events", headers={"Last-Event-ID": position}).text
        position = _last_id(answer) or position
        seen.append(answer)
        return f'"{session}"' in answer and "session.updated" in answer

    until(is_told, 60, "the session's event")
    names = {line.removeprefix("event: ") for answer in seen for line in answer.splitlines() if line.startswith("event: ")}
    assert names <= {"session.updated", "reading.rolled_up", "device.presence"}
    assert "south" not in "".join(seen)


def _with_presence(therapist: Browser) -> dict[str, Any]:
    device: dict[str, Any] = therapist.get("/devices/north-tracker-1").json()
    return device if device.get("presence", {}).get("since") else {}


def _last_id(text: str) -> str:
    ids = [line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: ")]
    return ids[-1] if ids else ""


def _moment(epoch_ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(milliseconds=epoch_ms)


def _iso(epoch_ms: int) -> str:
    return _moment(epoch_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
