"""Lists of sessions and one of them, through the service's interface."""

import pytest

from tests.fakes.query_world import QueryWorld


def test_a_session_is_told_whole(world: QueryWorld) -> None:
    world.has_session("s-1", member_id="m-1", device_ids=["d-1"], started_at="2026-11-24T07:00:00.000Z", value_count=7)

    expected = {
        "session_id": "s-1",
        "member_id": "m-1",
        "exercise": None,
        "device_ids": ["d-1"],
        "started_at": "2026-11-24T07:00:00.000Z",
        "ended_at": None,
        "first_value_at": None,
        "last_value_at": None,
        "value_count": 7,
    }
    assert world.ask("/sessions/s-1") == (200, expected)
    assert world.ask("/sessions") == (200, {"items": [expected], "next_cursor": None})


@pytest.mark.parametrize("session_id", ["s-2", "t-2:s-1", "s 1", "s" * 65])
def test_what_is_no_session_of_the_tenant(world: QueryWorld, session_id: str) -> None:
    world.has_session("s-1")
    world.has_session("s-2", tenant_id="t-2")

    status, answer = world.ask(f"/sessions/{session_id}")

    assert (status, answer["error"]["code"]) == (404, "not_found")


def test_a_list_holds_the_tenants_sessions_only(world: QueryWorld) -> None:
    world.has_session("s-1")
    world.has_session("s-2", tenant_id="t-2")

    assert [it["session_id"] for it in world.every("/sessions")] == ["s-1"]


def test_pages_follow_session_ids_from_the_last(world: QueryWorld) -> None:
    for number in range(7):
        world.has_session(f"s-{number}")

    assert [it["session_id"] for it in world.every("/sessions", limit="3")] == [f"s-{number}" for number in reversed(range(7))]


def test_a_full_page_that_is_the_last_has_no_cursor(world: QueryWorld) -> None:
    for number in range(3):
        world.has_session(f"s-{number}")

    assert world.ask("/sessions", limit="3")[1]["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"member_id": "m-1"}, {"s-1"}),
        ({"device_id": "d-2"}, {"s-1", "s-2"}),
        ({"device_id": "d-2", "exercise": "heel_slide"}, {"s-2"}),
        ({"from_": "2026-11-24T08:00:00Z"}, {"s-2", "s-3"}),
        ({"from_": "1795507200000", "to": "2026-11-24T09:00:00+00:00"}, {"s-2"}),
        ({"to": "2026-11-24T08:00:00Z"}, {"s-1"}),
        ({"q": "heel"}, {"s-2"}),
        ({"q": "SLI"}, {"s-2"}),
        ({"q": "m-1 d-1"}, {"s-1"}),
        ({"q": "heel m-1"}, set()),
    ],
    ids=repr,
)
def test_filters_narrow_the_list(world: QueryWorld, query: dict[str, str], found: set[str]) -> None:
    world.has_session("s-1", member_id="m-1", device_ids=["d-1", "d-2"], started_at="2026-11-24T07:00:00.000Z")
    world.has_session("s-2", exercise="heel_slide", device_ids=["d-2"], started_at="2026-11-24T08:00:00.000Z")
    world.has_session("s-3", first_value_at="2026-11-24T09:00:00.000Z")
    world.has_session("s-4")

    assert {it["session_id"] for it in world.every("/sessions", **query)} == found


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "٣"},
        {"member_id": "a b"},
        {"device_id": "D"},
        {"exercise": "Heel"},
        {"from_": "yesterday"},
        {"to": "9" * 15},
        {"q": "x" * 201},
    ],
    ids=repr,
)
def test_a_wrong_parameter_is_named(world: QueryWorld, query: dict[str, str]) -> None:
    status, answer = world.ask("/sessions", **query)

    assert (status, answer["error"]["code"]) == (400, "invalid_request")
    assert f"`{next(iter(query)).rstrip('_')}`" in answer["error"]["message"]
