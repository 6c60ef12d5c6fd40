"""The front end on fakes."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.fakes.front_end import World


@pytest.fixture(autouse=True)
def _execution_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chalice adds every application to this variable, and boto3 sends it along: after thousands of them no server takes the request."""
    monkeypatch.setenv("AWS_EXECUTION_ENV", "tests")


@pytest.fixture
def world() -> Iterator[World]:
    """Everything that the front end needs."""
    with closing(World()) as it:
        yield it
