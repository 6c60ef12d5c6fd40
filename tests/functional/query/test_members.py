"""Members, their progress, the search across everything and the first page, through the service's interface."""

from typing import Any

import pytest

from chalicelib.domain.read_model import DAY_ROLLUPS, RollupDocument, document_id
from tests.fakes.query_world import QueryWorld

DAY = "2026-11-23"


def _rolled_up(world: QueryWorld, day: str, device_id: str, low: float, high: float, **more: Any) -> None:
    fields = {"tenant_id": "t-1", "metric": "knee", **more}
    rollup = RollupDocument(device_id=device_id, start_at=f"{day}T00:00:00.000Z", count=2, min=low, max=high, sum=low + high, **fields)
    world.documents.put(DAY_ROLLUPS, document_id(rollup.tenant_id, device_id, rollup.metric, day), rollup)


def _exercised(world: QueryWorld, session_id: str, start: str, end: str, **more: Any) -> None:
    fields = {"member_id": "m-1", "device_ids": ["d-1"], **more}
    world.has_session(session_id, first_value_at=f"{start}.000Z", last_value_at=f"{end}.000Z", **fields)


def test_members_are_listed_and_told(world: QueryWorld) -> None:
    for member_id in ("m-2", "m-1", "m-3"):
        world.has_member(member_id)
    world.has_member("m-9", tenant_id="t-2")

    assert [it["member_id"] for it in world.every("/members", limit="2")] == ["m-1", "m-2", "m-3"]
    assert [it["member_id"] for it in world.every("/members", q="M-3")] == ["m-3"]
    assert world.ask("/members/m-2") == (200, {"member_id": "m-2", "named_at": "2026-11-24T00:00:00.000Z"})


@pytest.mark.parametrize("path", ["/members/m-9", "/members/m 1", "/members/m-9/progress"])
def test_what_is_no_member_of_the_tenant(world: QueryWorld, path: str) -> None:
    world.has_member("m-9", tenant_id="t-2")

    assert world.ask(path)[0] == 404


def test_progress_is_told_by_day(world: QueryWorld) -> None:
    world.has_member("m-1")
    _exercised(world, "s-1", f"{DAY}T08:00:00", f"{DAY}T08:10:00")
    _exercised(world, "s-2", f"{DAY}T18:00:00", f"{DAY}T18:00:30", device_ids=["d-2"])
    _rolled_up(world, DAY, "d-1", -5.0, 90.0)
    _rolled_up(world, DAY, "d-2", 0.0, 95.5)
    _rolled_up(world, DAY, "d-2", 1.0, 2.0, metric="hip")

    status, answer = world.ask("/members/m-1/progress", from_="2026-11-01", to="2026-11-24")

    ranges = [{"metric": "hip", "min": 1.0, "max": 2.0, "range": 1.0}, {"metric": "knee", "min": -5.0, "max": 95.5, "range": 100.5}]
    day = {"day": DAY, "session_count": 2, "minutes": 10.5, "range_of_motion": ranges}
    assert status == 200
    assert answer == {"member_id": "m-1", "from": "2026-11-01T00:00:00.000Z", "to": "2026-11-24T00:00:00.000Z", "items": [day]}


def test_progress_leaves_out_what_others_did(world: QueryWorld) -> None:
    world.has_member("m-1")
    _exercised(world, "s-1", f"{DAY}T08:00:00", f"{DAY}T08:10:00")
    _exercised(world, "s-2", "2026-11-22T08:00:00", "2026-11-22T09:00:00", member_id="m-2")
    _rolled_up(world, DAY, "d-1", 0.0, 9.0)
    _rolled_up(world, DAY, "d-2", 0.0, 99.0)
    _rolled_up(world, DAY, "d-1", 0.0, 999.0, tenant_id="t-2")
    _rolled_up(world, "2026-11-22", "d-1", 0.0, 99.0)

    (day,) = world.ask("/members/m-1/progress")[1]["items"]

    assert (day["day"], day["session_count"], day["range_of_motion"][0]["range"]) == (DAY, 1, 9.0)


def test_a_session_over_midnight_moves_joints_on_both_days(world: QueryWorld) -> None:
    world.has_member("m-1")
    _exercised(world, "s-1", "2026-11-22T23:59:00", f"{DAY}T00:01:00")
    _rolled_up(world, "2026-11-22", "d-1", 0.0, 4.0)
    _rolled_up(world, DAY, "d-1", 0.0, 5.0)

    days = world.ask("/members/m-1/progress")[1]["items"]

    assert [(it["session_count"], it["minutes"], it["range_of_motion"][0]["range"]) for it in days] == [(1, 2.0, 4.0), (0, 0.0, 5.0)]


@pytest.mark.parametrize("query", [{"from_": "2026-11-24"}, {"from_": "2020-01-01"}, {"to": "soon"}], ids=repr)
def test_progress_of_a_wrong_span(world: QueryWorld, query: dict[str, str]) -> None:
    world.has_member("m-1")

    assert world.ask("/members/m-1/progress", **query)[0] == 400


def test_one_search_finds_members_devices_and_sessions(world: QueryWorld) -> None:
    world.has_member("knee-1")
    world.has_device("knee-2")
    world.has_session("knee-3")
    world.has_session("knee-4", tenant_id="t-2")

    _, found = world.ask("/search", q="knee")

    assert [it["member_id"] for it in found["members"]] == ["knee-1"]
    assert [it["device_id"] for it in found["devices"]] == ["knee-2"]
    assert [it["session_id"] for it in found["sessions"]] == ["knee-3"]
    assert world.ask("/search", q="hip")[1] == {"members": [], "devices": [], "sessions": []}
    assert world.ask("/search")[0] == 400


def test_the_first_page_has_the_latest_sessions_and_counts(world: QueryWorld) -> None:
    world.has_session("s-1", started_at="2026-11-23T07:00:00.000Z", last_value_at="2026-11-23T09:00:00.000Z")
    world.has_session("s-2", first_value_at="2026-11-23T08:00:00.000Z", last_value_at="2026-11-23T08:30:00.000Z")
    world.has_session("s-3", started_at="2026-11-22T23:59:59.999Z")
    world.has_session("s-4", tenant_id="t-2", started_at="2026-11-23T07:00:00.000Z")
    for number, (online, at) in enumerate([(True, "07"), (False, "07"), (False, "20:08:08.000Z")]):
        world.has_device(f"d-{number}")
        world.has_contact(f"d-{number}", is_online=online, presence_at=f"2026-11-23T{at}" if len(at) > 2 else f"2026-11-23T{at}:00:00.000Z")

    _, page = world.ask("/home/recent")

    assert [it["session_id"] for it in page["sessions"]] == ["s-1", "s-2", "s-3"]
    assert page["counts"] == {"devices": 3, "devices_online": 2, "sessions_today": 2}
