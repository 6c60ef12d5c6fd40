"""One MariaDB for the tests that only use it, and one of their own for those that stop it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.replication.database import Database
from tests.emulator.replication.laboratory import Laboratory


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A running server."""
    server = Database(tmp_path_factory.mktemp("db"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def laboratory(tmp_path: Path, database: Database) -> Iterator[Laboratory]:
    """A folder for tasks, with an engine that runs."""
    made = Laboratory(tmp_path / "tasks", database)
    made.start_engine()
    yield made
    made.close()
