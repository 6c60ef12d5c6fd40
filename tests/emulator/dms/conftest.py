"""A database for the tests of this folder, and clients of their LocalStack."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.replication.database import Database


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A running server."""
    server = Database(tmp_path_factory.mktemp("db"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def dms(local_process: LocalProcess) -> Any:
    """DMS of the running LocalStack."""
    return local_process.client("dms")
