"""What every `SeriesStore` promises: the fake, and MySQL on a real server. Both are filled by `ingest`."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.mysql import Credentials, MySqlDatabase
from chalicelib.adapters.mysql_readings import MySqlReadingStore
from chalicelib.adapters.mysql_registry import MySqlRegistry
from chalicelib.adapters.mysql_series import MySqlSeriesStore
from chalicelib.domain.readings import Reading, SeriesKey, TimeSpan
from chalicelib.domain.registry import CertificateStatus, Registration
from chalicelib.domain.rollups import Resolution
from chalicelib.ingest.batch import Ingest
from chalicelib.ports import ReadingStore, SeriesStore
from tests.fakes.ingest import FakeBackoff, FakeClock, FakeQuarantine
from tests.fakes.reading_store import FakeReadingStore
from tests.fakes.series_store import FakeSeriesStore
from tests.messages import record, ruled, series, telemetry

MINUTE = 60_000
NOW = 100 * 24 * 60 * MINUTE
KNEE = SeriesKey("t-1", "d-1", "knee_flexion_left")
ALL = TimeSpan(0, 10**15)


@dataclass(frozen=True, slots=True)
class World:
    """A store, and the ways to fill it."""

    series: SeriesStore
    readings: ReadingStore
    register: Callable[[str, str], None]

    def values(self, series: SeriesKey, span: TimeSpan, limit: int) -> tuple[list[tuple[int, float]], int | None]:
        """Values with their instants, and where the rest begins."""
        found = self.series.readings(series, span, limit)
        return list(zip(found.instants_ms, found.values, strict=True)), found.next_ms

    def receives(self, *payloads: dict[str, Any], **changes: Any) -> None:
        ingest = Ingest(self.readings, FakeQuarantine(), FakeClock(NOW), FakeBackoff(), slice_size=100)
        assert ingest.run([record(ruled(payload, **{"received_at": NOW, **changes})) for payload in payloads]).stored == len(payloads)


@pytest.fixture(params=["fake", "mysql"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        readings = FakeReadingStore()
        store = FakeSeriesStore(readings)
        yield World(store, readings, lambda tenant_id, device_id: store.registered.add((tenant_id, device_id)))
        return
    database = request.getfixturevalue("database")
    yield World(MySqlSeriesStore(database), MySqlReadingStore(database), lambda *key: _register(database, *key))


def _register(database: MySqlDatabase, tenant_id: str, device_id: str) -> None:
    MySqlRegistry(database).save(Registration(tenant_id, device_id, None, "ab" * 32, "PEM", CertificateStatus.ACTIVE, 5))


def _message(message_id: str, t0: int, values: list[float], **changes: Any) -> dict[str, Any]:
    return telemetry(message_id, series=[series(t0=t0, dt=10, values=values, **changes)])


def test_a_device_is_known_once_it_is_registered_or_was_heard_of(world: World) -> None:
    world.register("t-1", "d-1")
    world.receives(_message("m-1", 0, [1.0]), device_id="d-2", tenant_id="t-2")

    known = [
        (tenant_id, device_id)
        for tenant_id in ("t-1", "t-2")
        for device_id in ("d-1", "d-2")
        if world.series.knows_device(tenant_id, device_id)
    ]

    assert known == [("t-1", "d-1"), ("t-2", "d-2")]


def test_values_come_in_the_order_of_time_from_the_span_alone(world: World) -> None:
    world.receives(_message("m-1", MINUTE - 10, [1.0, 2.0, 3.0]), _message("m-2", MINUTE - 15, [4.0, 5.0, 6.0]))

    found = world.values(KNEE, TimeSpan(MINUTE - 10, MINUTE + 10), 100)

    assert found == ([(MINUTE - 10, 1.0), (MINUTE - 5, 5.0), (MINUTE, 2.0), (MINUTE + 5, 6.0)], None)


def test_where_two_messages_hold_an_instant_one_value_stands(world: World) -> None:
    world.receives(_message("m-2", 0, [1.0, 2.0]), _message("m-1", 10, [3.0, 4.0]))

    assert world.values(KNEE, ALL, 100) == ([(0, 1.0), (10, 3.0), (20, 4.0)], None)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 20, 21])
def test_going_on_where_an_answer_ends_finds_every_value_once(world: World, limit: int) -> None:
    world.receives(*(_message(f"m-{number}", number * (MINUTE - 15), [1.0, 2.0, 3.0]) for number in range(7)))
    start_ms: int | None = 5
    found: list[tuple[int, float]] = []
    while start_ms is not None:
        values, start_ms = world.values(KNEE, TimeSpan(start_ms, 10 * MINUTE), limit)
        assert len(values) <= limit
        found += values

    assert found == world.values(KNEE, TimeSpan(5, 10 * MINUTE), 1000)[0]
    assert len(found) == 20


def test_series_of_others_are_apart(world: World) -> None:
    world.receives(_message("m-1", 0, [1.0], metric="hip"))
    world.receives(_message("m-1", 0, [2.0]), device_id="d-2")
    world.receives(_message("m-1", 0, [3.0]), tenant_id="t-2")

    assert world.values(KNEE, ALL, 100) == ([], None)
    assert world.series.rollups(KNEE, Resolution.DAY, ALL) == []
    assert world.series.unit(KNEE, NOW) is None


@pytest.mark.parametrize("resolution", list(Resolution))
def test_rollups_whose_buckets_begin_in_the_span(world: World, resolution: Resolution) -> None:
    world.receives(*(_message(f"m-{number}", number * resolution, [1.0, float(number)]) for number in range(4)))

    found = world.series.rollups(KNEE, resolution, TimeSpan(resolution, 3 * resolution))

    assert [(it.start_ms, it.rollup.count, it.rollup.maximum, it.rollup.total) for it in found] == [
        (resolution, 2, 1.0, 2.0),
        (2 * resolution, 2, 2.0, 3.0),
    ]


def test_the_unit_is_that_of_the_newest_values_before(world: World) -> None:
    world.receives(_message("m-1", 0, [1.0], unit="rad"), _message("m-2", 5 * MINUTE, [1.0], unit="°"))

    assert [world.series.unit(KNEE, at) for at in (0, MINUTE, 6 * MINUTE)] == [None, "rad", "°"]


def test_the_last_values_are_the_newest_of_each_metric(world: World) -> None:
    world.receives(
        _message("m-1", 0, [9.0], metric="hip"),
        _message("m-2", MINUTE, [1.0, 2.0, 3.0]),
        _message("m-0", MINUTE + 10, [4.0, 5.0], unit="rad"),
        _message("m-4", 3, [7.0]),
    )
    world.receives(_message("m-9", 2 * MINUTE, [8.0]), device_id="d-2")

    found = world.series.last_values("t-1", "d-1")

    assert [(it.metric, it.unit, it.reading) for it in found] == [
        ("hip", "deg", Reading(0, 9.0)),
        (KNEE.metric, "rad", Reading(MINUTE + 20, 5.0)),
    ]
    assert world.series.last_values("t-1", "d-3") == []


def test_values_are_those_of_the_public_view(credentials: Credentials) -> None:
    with closing(MySqlDatabase(lambda: credentials)) as database:
        world = World(MySqlSeriesStore(database), MySqlReadingStore(database), lambda *_: None)
        payloads = [telemetry(f"m-{it}", series=[series(t0=it * 777, dt=33.333, values=[it + 0.1] * 40)]) for it in range(9)]
        world.receives(*payloads)
        with database.transaction() as cursor:
            cursor.execute("SELECT measured_at, value FROM reading_values ORDER BY measured_at")
            promised = [(at.replace(tzinfo=UTC), value) for at, value in cursor.fetchall()]

        found, _ = world.values(KNEE, ALL, 1000)

    assert [(datetime.fromtimestamp(at_ms / 1000, UTC), value) for at_ms, value in found] == promised
