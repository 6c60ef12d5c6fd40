"""Real servers for the contract suites."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from chalicelib.adapters.mysql import Credentials, MySqlDatabase
from tests.mariadb import MariaDb, running


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    """A throw-away MariaDB server."""
    with running(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture
def credentials(mariadb: MariaDb) -> Credentials:
    """A database with the newest schema and no rows."""
    return mariadb.new_database()


@pytest.fixture
def database(credentials: Credentials) -> Iterator[MySqlDatabase]:
    """The same, with the functions' connection to it."""
    with closing(MySqlDatabase(lambda: credentials)) as dialled:
        yield dialled
