"""Cursors: whole and without repetition while others write, and of no use in another list."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.fleet_world import FleetWorld
from tests.fakes.query_world import THERAPIST, QueryWorld

NAMES = st.text("ab-Z9", min_size=1, max_size=3)
TIMES = st.sampled_from([None, "2026-11-24T07:00:00.000Z", "2026-11-24T08:00:00.000Z", "2026-11-24T09:00:00.000Z"])
SESSIONS = st.dictionaries(NAMES, TIMES, max_size=12)
DEVICES = st.sets(NAMES.map(str.lower), max_size=12)
WRITES = st.lists(SESSIONS, max_size=8)
"""What is written before each page: sessions that are new, and sessions that turn out to have begun at another time."""


@settings(max_examples=300, deadline=None)
@given(before=SESSIONS, writes=WRITES, limit=st.integers(1, 5))
def test_pages_hold_what_was_there_at_the_start_once_whatever_is_written(
    before: dict[str, str | None], writes: list[dict[str, str | None]], limit: int
) -> None:
    world = QueryWorld()

    def write(sessions: dict[str, str | None]) -> None:
        for session_id, started_at in sessions.items():
            world.has_session(session_id, started_at=started_at)

    write(before)
    pending = iter([{}, *writes])
    world.documents.before_search = lambda: write(next(pending, {}))

    found = [it["session_id"] for it in world.every("/sessions", limit=str(limit))]

    assert len(found) == len(set(found))
    assert set(before) <= set(found)


@settings(max_examples=100, deadline=None)
@given(before=DEVICES, writes=st.lists(DEVICES, max_size=8), limit=st.integers(1, 5))
def test_pages_of_devices_too(before: set[str], writes: list[set[str]], limit: int) -> None:
    fleet = FleetWorld()

    def write(devices: set[str]) -> None:
        for device_id in devices:
            fleet.has_device(device_id)

    write(before)
    pending = iter([set(), *writes])
    fleet.documents.before_search = lambda: write(next(pending, set()))

    found = [it["device_id"] for it in fleet.every("/devices", limit=str(limit), online="false")]

    assert len(found) == len(set(found))
    assert before <= set(found)


@pytest.fixture
def cursor(world: QueryWorld) -> str:
    """Of the list of heel slides."""
    for number in range(3):
        world.has_session(f"s-{number}", exercise="heel_slide")
        world.has_session(f"s-{number}", exercise="heel_slide", tenant_id="t-2")
        world.has_member(f"m-{number}")
    found: str = world.ask("/sessions", exercise="heel_slide", limit="1")[1]["next_cursor"]
    return found


def test_the_limit_may_change_from_page_to_page(world: QueryWorld, cursor: str) -> None:
    _, page = world.ask("/sessions", exercise="heel_slide", limit="2", cursor=cursor)

    assert [it["session_id"] for it in page["items"]] == ["s-1", "s-0"]


@pytest.mark.parametrize(
    ("path", "query"),
    [("/sessions", {}), ("/sessions", {"exercise": "heel_slides"}), ("/sessions", {"exercise": "heel_slide", "q": "s"}), ("/members", {})],
    ids=repr,
)
def test_a_cursor_of_another_list_is_refused(world: QueryWorld, cursor: str, path: str, query: dict[str, str]) -> None:
    status, answer = world.ask(path, cursor=cursor, **query)

    assert (status, answer["error"]["code"]) == (400, "invalid_cursor")


def test_a_cursor_of_another_tenant_is_refused(world: QueryWorld, cursor: str) -> None:
    headers = {**THERAPIST, "x-tenant-id": "t-2"}

    assert world.ask_as(headers, "/sessions", exercise="heel_slide", cursor=cursor)[1]["error"]["code"] == "invalid_cursor"


@given(text=st.text(min_size=1, max_size=40) | st.binary(min_size=1).map(lambda it: base64.urlsafe_b64encode(it).decode()))
def test_what_no_page_gave_is_refused(text: str) -> None:
    status, answer = QueryWorld().ask("/sessions", cursor=text)

    assert (status, answer["error"]["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("position", [[], ["a", "b"], [["a"]], [{}], "a", None], ids=repr)
def test_a_cursor_with_another_place_is_refused(world: QueryWorld, cursor: str, position: object) -> None:
    fingerprint, _ = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    forged = base64.urlsafe_b64encode(json.dumps([fingerprint, position]).encode()).decode()

    assert world.ask("/sessions", exercise="heel_slide", cursor=forged)[1]["error"]["code"] == "invalid_cursor"
