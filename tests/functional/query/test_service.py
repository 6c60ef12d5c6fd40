"""What holds for every route of the service `query`: who may ask, what fails how, until when."""

import pytest

from chalicelib.domain.errors import UnavailableError
from chalicelib.service.requests import LONGEST_MS
from tests.fakes.query_world import OPERATOR, THERAPIST, QueryWorld
from tests.messages import NOW_MS

PATHS = {
    "/sessions": {},
    "/sessions/s-1": {},
    "/members": {},
    "/members/m-1": {},
    "/members/m-1/progress": {},
    "/search": {"q": "x"},
    "/home/recent": {},
    "/devices/d-1/series": {"metric": "knee"},
}


@pytest.fixture
def world() -> QueryWorld:
    """With one object of each kind."""
    filled = QueryWorld()
    filled.has_session("s-1")
    filled.has_member("m-1")
    filled.has_device("d-1")
    return filled


def test_every_route_is_walked_here(world: QueryWorld) -> None:
    assert all(any(route.pattern.fullmatch(path) for path in PATHS) for route in world.api.routes)


@pytest.mark.parametrize("path", PATHS)
def test_a_therapist_may_ask(world: QueryWorld, path: str) -> None:
    assert world.ask(path, **PATHS[path])[0] == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        OPERATOR,
        {**OPERATOR, "x-tenant-id": "t-1"},
        {"x-tenant-id": "t-1"},
        {"x-role": "therapist"},
        {**THERAPIST, "x-tenant-id": "t:1"},
        {**THERAPIST, "x-role": "Therapist"},
    ],
    ids=repr,
)
def test_nobody_else_may(world: QueryWorld, path: str, headers: dict[str, str]) -> None:
    status, answer = world.ask_as({**headers, "X-Correlation-Id": "c-1"}, path, **PATHS[path])

    assert (status, answer["error"]["code"], answer["error"]["correlation_id"]) == (403, "forbidden", "c-1")


@pytest.mark.parametrize("path", [path for path in PATHS if path.count("/") > 1 and path != "/home/recent"])
def test_another_tenants_object_is_not_there(world: QueryWorld, path: str) -> None:
    status, answer = world.ask_as({**THERAPIST, "x-tenant-id": "t-2"}, path, **PATHS[path])

    assert (status, answer["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", PATHS)
def test_what_is_behind_and_away_is_told_and_logged(world: QueryWorld, path: str) -> None:
    world.documents.error = world.series.error = UnavailableError("search.internal:9200 refused")

    status, answer = world.ask(path, **PATHS[path])

    assert (status, answer["error"]["code"]) == (503, "unavailable")
    assert "internal" not in answer["error"]["message"]
    assert len(world.failures) == 1


@pytest.mark.parametrize("path", PATHS)
def test_after_the_deadline_nothing_is_asked(world: QueryWorld, path: str) -> None:
    world.documents.error = world.series.error = UnavailableError("was asked")
    headers = {**THERAPIST, "X-Deadline-Ms": str(NOW_MS)}

    assert world.ask_as(headers, path, **PATHS[path])[0] == 503
    world.documents.error = world.series.error = None
    assert world.ask_as({**headers, "X-Deadline-Ms": str(NOW_MS + 1)}, path, **PATHS[path])[0] == 200


def test_nobody_waits_forever(world: QueryWorld) -> None:
    patient = {**THERAPIST, "x-deadline-ms": str(NOW_MS * 2)}

    def takes_too_long() -> None:
        world.clock.time_ms += LONGEST_MS

    world.documents.before_search = takes_too_long
    assert world.ask_as(patient, "/search", q="x")[0] == 503


@pytest.mark.parametrize("deadline", ["soon", "-1", "1.5", "٣"])
def test_a_deadline_that_is_no_instant(world: QueryWorld, deadline: str) -> None:
    assert world.ask_as({**THERAPIST, "x-deadline-ms": deadline}, "/sessions")[0] == 400


@pytest.mark.parametrize(
    "request_", [{"method": "POST", "path": "/sessions"}, {"method": "GET", "path": "/sessions/"}, {"method": "GET", "path": "/x"}]
)
def test_what_is_no_route(world: QueryWorld, request_: dict[str, str]) -> None:
    assert world.api.handle({**request_, "headers": THERAPIST})["status"] == 404


@pytest.mark.parametrize("event", [None, [], {}, {"method": "GET"}, {"method": "GET", "path": "/", "query": {"a": 1}}])
def test_what_is_no_request(world: QueryWorld, event: object) -> None:
    assert world.api.handle(event)["status"] == 400


def test_a_fault_of_ours_has_the_shape_of_errors_too(world: QueryWorld) -> None:
    def fails() -> None:
        raise ZeroDivisionError("secret")

    world.documents.before_search = fails
    status, answer = world.ask("/sessions")

    assert (status, answer["error"]["code"]) == (500, "internal")
    assert "secret" not in str(answer)
    assert len(world.failures) == 1
