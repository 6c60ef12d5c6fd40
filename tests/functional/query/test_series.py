"""Values and rollups of a metric, through the service's interface."""

import json

import pytest

from tests.fakes.query_world import THERAPIST, QueryWorld
from tests.messages import NOW_MS, series, telemetry

PATH = "/devices/d-1/series"
METRIC = "knee_flexion_left"


def test_values_come_as_they_were_measured(world: QueryWorld) -> None:
    world.has_telemetry(telemetry())

    status, answer = world.ask(PATH, metric=METRIC, from_=str(NOW_MS), to=str(NOW_MS + 60))

    points = [{"at": "2026-11-23T20:08:12.000Z", "value": 0.9}, {"at": "2026-11-23T20:08:12.033Z", "value": 0.8}]
    assert status == 200
    assert answer == {
        "device_id": "d-1",
        "metric": METRIC,
        "unit": "deg",
        "resolution": "raw",
        "from": "2026-11-23T20:08:12.000Z",
        "to": "2026-11-23T20:08:12.060Z",
        "points": points,
        "truncated": False,
        "next_from": None,
    }


@pytest.mark.parametrize("resolution", ["raw", "hour"])
def test_a_series_is_written_out_so_that_nobody_on_the_way_takes_it_apart(world: QueryWorld, resolution: str) -> None:
    world.has_telemetry(telemetry())
    query = {"metric": METRIC, "resolution": resolution, "to": str(NOW_MS + 1000)}

    body = world.api.handle({"method": "GET", "path": PATH, "query": query, "headers": THERAPIST})["body"]

    assert isinstance(body, str)
    assert json.loads(body)["resolution"] == resolution


@pytest.mark.parametrize(
    ("resolution", "start"),
    [("minute", "2026-11-23T20:08:00.000Z"), ("hour", "2026-11-23T20:00:00.000Z"), ("day", "2026-11-23T00:00:00.000Z")],
)
def test_rollups_tell_of_their_buckets(world: QueryWorld, resolution: str, start: str) -> None:
    world.has_telemetry(telemetry(series=[series(values=[1.0, 4.0, 2.5])]))

    _, answer = world.ask(PATH, metric=METRIC, resolution=resolution, to=str(NOW_MS + 1000))

    assert answer["points"] == [{"at": start, "count": 3, "min": 1.0, "max": 4.0, "sum": 7.5, "mean": 2.5}]
    assert answer["unit"] == "deg"


def test_a_span_without_values_is_empty(world: QueryWorld) -> None:
    world.has_device("d-1")

    status, answer = world.ask(PATH, metric=METRIC)

    assert (status, answer["points"], answer["unit"]) == (200, [], None)


def test_another_tenants_device_is_not_there(world: QueryWorld) -> None:
    world.has_telemetry(telemetry(), tenant_id="t-2")

    assert world.ask(PATH, metric=METRIC)[0] == 404


def test_more_values_than_an_answer_holds_are_told_with_where_to_go_on(world: QueryWorld) -> None:
    values = [float(number) for number in range(1024)]
    payloads = [telemetry(f"m-{number}", series=[series(t0=NOW_MS + number * 1024, dt=1, values=values)]) for number in range(50)]
    world.has_telemetry(*payloads)

    _, first = world.ask(PATH, metric=METRIC, from_=str(NOW_MS), to=str(NOW_MS + 60_000))
    _, second = world.ask(PATH, metric=METRIC, from_=first["next_from"], to=first["to"])

    assert (len(first["points"]), first["truncated"]) == (50_000, True)
    assert (len(second["points"]), second["truncated"], second["next_from"]) == (1_200, False, None)
    assert first["points"][-1]["at"] < second["points"][0]["at"] == first["next_from"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"metric": "Knee"},
        {"metric": METRIC, "resolution": "second"},
        {"metric": METRIC, "from_": "5", "to": "5"},
        {"metric": METRIC, "from_": "0", "to": str(86_400_001)},
        {"metric": METRIC, "from_": "0", "to": str(7 * 86_400_000 + 1), "resolution": "minute"},
        {"metric": METRIC, "from_": "2020-01-01", "to": "2026-01-01", "resolution": "hour"},
        {"metric": METRIC, "from_": "1980-01-01", "to": "2026-01-01", "resolution": "day"},
    ],
    ids=repr,
)
def test_a_wrong_question_is_refused(world: QueryWorld, query: dict[str, str]) -> None:
    world.has_device("d-1")

    status, answer = world.ask(PATH, **query)

    assert (status, answer["error"]["code"]) == (400, "invalid_request")
