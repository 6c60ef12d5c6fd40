"""The front end on fakes."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.fakes.front_end import World


@pytest.fixture
def world() -> Iterator[World]:
    """Everything that the front end needs."""
    with closing(World()) as it:
        yield it
