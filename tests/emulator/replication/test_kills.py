"""Kills of the engine and restarts of the database: nothing is lost, and no key is left with an old state."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from emulator.replication.engine import Engine, EngineRunningError
from tests.emulator.replication.database import Database
from tests.emulator.replication.fakes import FakeEndpoints
from tests.emulator.replication.laboratory import Laboratory, eventually, replayed, selection, versioned
from tests.emulator.replication.test_tasks import ITEMS, table

_PROJECT = Path(__file__).parents[3]


@contextmanager
def engine(laboratory: Laboratory, stream: Path, seed: int) -> Iterator["subprocess.Popen[bytes]"]:
    """An engine process, killed at the end of the block."""
    paths = os.pathsep.join([str(_PROJECT), str(_PROJECT / "localstack")])
    command = [sys.executable, "-m", "tests.emulator.replication.engine_process", str(laboratory.folder), str(stream), str(seed)]
    with subprocess.Popen(command, cwd=_PROJECT, env=os.environ | {"PYTHONPATH": paths}, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def documents(stream: Path) -> list[dict[str, Any]]:
    """What the stream holds so far; a line that is being written does not count."""
    written = stream.read_bytes() if stream.exists() else b""
    return [json.loads(line) for line in written[: written.rfind(b"\n") + 1].splitlines()]


def write(database: Database, schema: str, done: threading.Event) -> None:
    """Changes without an end, one transaction of some rows after the other."""
    choice, connection = Random(5), database.connect(schema)
    with connection, connection.cursor() as cursor:
        while not done.wait(0.003):
            cursor.execute("BEGIN")
            for _ in range(choice.randrange(1, 5)):
                key = choice.randrange(1, 60)
                if choice.random() < 0.2:
                    cursor.execute("DELETE FROM items WHERE id = %s", (key,))
                else:
                    cursor.execute("INSERT INTO items VALUES (%s, 1, '') ON DUPLICATE KEY UPDATE value = value + 1", (key,))
            cursor.execute("COMMIT")


def test_an_engine_that_is_killed_again_and_again_loses_nothing(tmp_path: Path, database: Database) -> None:
    schema = database.new_schema("killed", ITEMS)
    database.execute(f"INSERT INTO items SELECT seq, seq, 'first' FROM {schema}.seq_1_to_50", schema=schema)
    laboratory, stream, choice = Laboratory(tmp_path / "tasks", database), tmp_path / "stream", Random(3)
    laboratory.begin(laboratory.task(selection(schema)))
    done = threading.Event()
    writer = threading.Thread(target=write, args=(database, schema, done))
    writer.start()
    try:
        for seed in range(5):
            with engine(laboratory, stream, seed):
                _await_more(stream, choice.randrange(1, 150))
    finally:
        done.set()
        writer.join()
    with engine(laboratory, stream, 99):
        eventually(lambda: versioned(documents(stream)) == table(database, schema), within_s=40)
        eventually(lambda: replayed(documents(stream)) == table(database, schema), within_s=40)
    laboratory.close()


def _await_more(stream: Path, records: int) -> None:
    enough = len(documents(stream)) + records
    eventually(lambda: len(documents(stream)) >= enough)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_database_that_comes_back_is_followed_on(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "db").mkdir()
    own = Database(tmp_path / "db")
    own.start()
    laboratory = Laboratory(tmp_path / "tasks", own)
    laboratory.start_engine()
    try:
        schema = own.new_schema("back", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
        arn = laboratory.task(selection(schema))
        laboratory.begin(arn)
        eventually(lambda: laboratory.rows() == table(own, schema))
        own.stop(how)
        eventually(lambda: laboratory.described(arn).get("LastFailureMessage"))
        own.start()
        own.execute("INSERT INTO items VALUES (2, 2, 'y')", schema=schema)
        eventually(lambda: laboratory.rows() == table(own, schema))
        eventually(lambda: "LastFailureMessage" not in laboratory.described(arn))
    finally:
        laboratory.close()
        own.stop()


def test_an_engine_that_ends_leaves_its_tasks_to_the_next(tmp_path: Path, database: Database) -> None:
    schema = database.new_schema("leftover", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
    laboratory = Laboratory(tmp_path / "tasks", database)
    laboratory.start_engine()
    arn = laboratory.task(selection(schema))
    laboratory.begin(arn)
    eventually(lambda: laboratory.rows() == table(database, schema))
    laboratory.stop_engine()
    assert laboratory.described(arn)["Status"] == "running"
    database.execute("INSERT INTO items VALUES (2, 2, 'y')", schema=schema)
    laboratory.start_engine()
    eventually(lambda: laboratory.rows() == table(database, schema))
    laboratory.close()


def test_two_engines_on_one_folder_are_one_too_many(laboratory: Laboratory) -> None:
    with pytest.raises(EngineRunningError):
        Engine(laboratory.folder, FakeEndpoints(laboratory.target), lambda _runs: None)
