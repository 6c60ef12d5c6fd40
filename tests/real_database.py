"""Fixtures of suites that stand on a real database, and on AWS by moto: a conftest imports those that its tests ask for."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from moto import mock_aws

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


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS in this process, with credentials that mean nothing."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield
