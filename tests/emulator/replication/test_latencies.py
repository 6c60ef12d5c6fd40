"""How far behind a task tells to be: little when it is not, and more by the second while it can read or deliver nothing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from emulator.replication.metrics import latencies
from emulator.replication.store import Store
from emulator.replication.task_run import TaskRun
from emulator.replication.task_state import Definition, Progress, TaskStates
from tests.emulator.replication.database import Database
from tests.emulator.replication.fakes import FakeEndpoints
from tests.emulator.replication.laboratory import Laboratory, eventually, selection
from tests.emulator.replication.test_tasks import ITEMS, table

LITTLE_S, MUCH_S = 2.0, 4.0


def behind(run: TaskRun) -> tuple[float, float]:
    """CDCLatencySource and CDCLatencyTarget as they would be put now."""
    assert run.definition is not None
    told = {one["MetricName"]: one["Value"] for one in latencies(run.definition, run.progress, time.time())}
    return told["CDCLatencySource"], told["CDCLatencyTarget"]


@contextmanager
def replicating(folder: Path, database: Database, schema: str) -> Iterator[tuple[Laboratory, TaskRun]]:
    """A task that has loaded and follows its source, without an engine around it."""
    laboratory, store = Laboratory(folder / "tasks", database), Store(folder / "tasks")
    laboratory.begin(laboratory.task(selection(schema)))
    states = TaskStates(store)
    run = TaskRun(states.orders()[0], states, FakeEndpoints(laboratory.target))
    run.start()
    try:
        eventually(lambda: laboratory.rows() == table(database, schema), within_s=30)
        eventually(lambda: max(behind(run)) < LITTLE_S, within_s=30)
        yield laboratory, run
    finally:
        run.stop()
        run.join(30)
        store.close()
        laboratory.close()


@pytest.mark.parametrize(("attribute", "value"), [("down", True), ("refuses", 1.0)])
def test_a_target_that_takes_nothing_falls_behind_its_source(tmp_path: Path, database: Database, attribute: str, value: float) -> None:
    schema = database.new_schema("undelivered", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
    with replicating(tmp_path, database, schema) as (laboratory, run):
        takes = getattr(laboratory.target, attribute)
        setattr(laboratory.target, attribute, value)
        database.execute("UPDATE items SET value = 2", schema=schema)

        eventually(lambda: (told := behind(run))[0] < LITTLE_S and told[1] > MUCH_S, within_s=30)

        setattr(laboratory.target, attribute, takes)
        eventually(lambda: max(behind(run)) < LITTLE_S, within_s=30)
        assert laboratory.rows() == table(database, schema)


def test_a_source_that_is_away_leaves_both_behind(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    own = Database(tmp_path / "db")
    own.start()
    try:
        schema = own.new_schema("away", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
        with replicating(tmp_path, own, schema) as (_, run):
            own.stop()
            eventually(lambda: min(behind(run)) > MUCH_S, within_s=30)
            own.start()
            eventually(lambda: max(behind(run)) < LITTLE_S, within_s=60)
    finally:
        own.stop()


def _definition(migration_type: str) -> Definition:
    return Definition("arn:aws:dms:eu-west-1:000000000000:task:ABC", "read-model", "gonio", migration_type, "{}", None, {}, {})


@pytest.mark.parametrize(
    ("read_until", "delivered_until", "source_s", "target_s"),
    [
        pytest.param(90.0, 70.0, 10.0, 30.0, id="something waits for its delivery"),
        pytest.param(90.0, 95.0, 10.0, 10.0, id="a target is never ahead of its source"),
        pytest.param(100.4, 100.4, 0.0, 0.0, id="a source whose clock is ahead"),
    ],
)
def test_each_latency_has_its_metric(read_until: float, delivered_until: float, source_s: float, target_s: float) -> None:
    told = latencies(_definition("full-load-and-cdc"), Progress(read_until, delivered_until), now=100.0)
    assert [(one["MetricName"], one["Value"], one["Unit"]) for one in told] == [
        ("CDCLatencySource", source_s, "Seconds"),
        ("CDCLatencyTarget", target_s, "Seconds"),
    ]
    assert {dimension["Name"]: dimension["Value"] for dimension in told[0]["Dimensions"]} == {
        "ReplicationInstanceIdentifier": "gonio",
        "ReplicationTaskIdentifier": "ABC",
    }


def test_a_task_that_only_loads_has_no_latency() -> None:
    assert latencies(_definition("full-load"), Progress(90.0, 90.0), now=100.0) == []


def test_an_engine_that_starts_anew_knows_how_far_its_predecessor_had_come(tmp_path: Path, database: Database) -> None:
    laboratory, store = Laboratory(tmp_path / "tasks", database), Store(tmp_path / "tasks")
    laboratory.begin(laboratory.task(selection("known")))
    states = TaskStates(store)
    states.keep(states.orders()[0], progress=Progress(1_800_000_050.0, 1_800_000_030.0))

    run = TaskRun(states.orders()[0], states, FakeEndpoints(laboratory.target))

    assert run.progress.latencies_s(1_800_000_060.0) == (10.0, 30.0)
    store.close()
    laboratory.close()
