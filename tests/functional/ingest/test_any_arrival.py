"""Any set of messages leaves the same rows: in any order, repeated, in batches and slices of any size, concurrently."""

import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.mysql import Credentials, MySqlDatabase
from chalicelib.adapters.mysql_readings import MySqlReadingStore
from chalicelib.adapters.system_clock import RandomBackoff
from chalicelib.domain.records import StreamRecord, read
from chalicelib.domain.telemetry import EARLIEST_MS, MAX_LEAD_MS
from chalicelib.ingest.batch import Ingest
from chalicelib.ports import ReadingStore
from tests.fakes.ingest import FakeBackoff, FakeClock, FakeQuarantine
from tests.fakes.reading_store import FakeReadingStore
from tests.mariadb import MariaDb
from tests.messages import NOW_MS, record, ruled, series, telemetry
from tests.readings import expected, in_database, in_memory
from tests.strategies import DEVICES, deliveries

OWNERS = dict.fromkeys(DEVICES, "t-1")
slice_sizes = st.integers(1, 6)


def _deliver(store: ReadingStore, batches: Iterable[list[StreamRecord]], slice_size: int) -> None:
    ingest = Ingest(store, FakeQuarantine(), FakeClock(), FakeBackoff(), slice_size=slice_size)
    for batch in batches:
        report = ingest.run(batch)
        assert report.failure is None
        assert report.poison == []


@given(deliveries(), slice_sizes)
def test_in_memory(batches: list[list[StreamRecord]], slice_size: int) -> None:
    store = FakeReadingStore()
    store.rows.owners.update(OWNERS)

    _deliver(store, batches, slice_size)

    in_memory(store.rows).assert_equal(expected((read(it) for batch in batches for it in batch), OWNERS))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=deliveries(), slice_size=slice_sizes)
def test_in_mariadb(mariadb: MariaDb, database: MySqlDatabase, batches: list[list[StreamRecord]], slice_size: int) -> None:
    credentials = database.credentials()
    mariadb.empty(credentials)
    for device_id, tenant_id in OWNERS.items():
        mariadb.execute(f"INSERT INTO devices VALUES ('{device_id}', '{tenant_id}', NULL, 'c', 'p', 'active', 1)", credentials.database)

    _deliver(MySqlReadingStore(database), batches, slice_size)

    in_database(mariadb, credentials).assert_equal(expected((read(it) for batch in batches for it in batch), OWNERS))


def test_whatever_the_contract_allows_fits_the_schema(mariadb: MariaDb, database: MySqlDatabase) -> None:
    outermost = [
        series(metric="m" * 64, unit="\N{LEG}" * 16, t0=EARLIEST_MS, dt=1, values=[1e300, -1e300, 5e-324, -0.0] * 256),
        series(metric="0", unit="\x00", t0=NOW_MS + MAX_LEAD_MS, dt=1e308, values=[1]),
        series(metric="minutes", t0=NOW_MS - 1024 * 60_000, dt=60_000, values=[0.1] * 1024),
    ]
    messages = [
        record(ruled(telemetry("-" * 64, session="_" * 64, series=outermost), device_id="-" * 64, tenant_id="T" * 64)),
        record(ruled(telemetry("m-2", series=[series(metric="0", t0=NOW_MS)] * 64))),
    ]

    _deliver(MySqlReadingStore(database), [messages], slice_size=2)

    in_database(mariadb, database.credentials()).assert_equal(expected(read(it) for it in messages))


NOTATIONS = [
    "[-0,1,1.10,0.1000000000000000055511151231257827021181583404541015625,-0.0]",
    f"[0.{'0' * 400}1,{'9' * 200},0.{'3' * 2000},9007199254740993,0.30000000000000004]",
    "[5e-324,1E3,-1.5e+2,2.2250738585072014E-308,1e-999]",
    "[ 1 ,\n2,\t3, 4,5 ]",
]


@pytest.mark.parametrize("text", NOTATIONS, ids=range(len(NOTATIONS)))
def test_values_mean_the_same_however_a_device_writes_them(mariadb: MariaDb, database: MySqlDatabase, text: str) -> None:
    whole = ruled(telemetry("m-1", series=[series(values=["here"])])).replace(b'["here"]', text.encode())
    crossing = ruled(telemetry("m-2", series=[series(t0=NOW_MS - 60_000, dt=30_000, values=["here"])])).replace(b'["here"]', text.encode())
    meeting = ruled(telemetry("m-0", series=[series(values=[7.5])]))
    messages = [record(it) for it in (whole, crossing, meeting)]

    _deliver(MySqlReadingStore(database), [messages], slice_size=1)

    in_database(mariadb, database.credentials()).assert_equal(expected(read(it) for it in messages))


def test_of_a_field_that_comes_twice_the_last_one_counts(mariadb: MariaDb, database: MySqlDatabase) -> None:
    twice = ruled(telemetry()).replace(b'"values": [', b'"values": [100, 200], "values": [')

    _deliver(MySqlReadingStore(database), [[record(twice)]], slice_size=1)

    in_database(mariadb, database.credentials()).assert_equal(expected([read(record(ruled(telemetry())))]))


def test_by_several_consumers_at_once(mariadb: MariaDb, credentials: Credentials) -> None:
    messages = [_overlapping(number) for number in range(60)]

    def consume(seed: int) -> None:
        mine = random.Random(seed).sample(messages, k=len(messages))
        with closing(MySqlDatabase(lambda: credentials)) as database:
            ingest = Ingest(MySqlReadingStore(database), FakeQuarantine(), FakeClock(), RandomBackoff(), slice_size=7)
            while (failed := ingest.run(mine).failed) is not None:
                mine = mine[mine.index(failed) :]

    with ThreadPoolExecutor(4) as consumers:
        list(consumers.map(consume, range(4)))

    in_database(mariadb, credentials).assert_equal(expected(read(it) for it in messages))


def _overlapping(number: int) -> StreamRecord:
    """Messages of three devices in one session; each shares instants with those before and after it."""
    part = series(t0=NOW_MS + 40 * (number // 3), dt=20, values=[float(number), -1.0, 0.5, 1e-3])
    payload = telemetry(f"{(number * 37) % 60:02d}", session="s-1", series=[part])
    return record(ruled(payload, device_id=f"d-{number % 3}"))
