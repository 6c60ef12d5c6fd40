"""Real servers for the contract suites."""

from collections.abc import Iterator

import pytest

from tests.mariadb import MariaDb, running


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    """A throw-away MariaDB server."""
    with running(tmp_path_factory.mktemp("mariadb")) as server:
        yield server
