"""Servers that several suites share, started once, when a test first asks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.opensearch import OpenSearch


@pytest.fixture(scope="session")
def opensearch() -> "Iterator[OpenSearch]":
    """A throw-away OpenSearch server without an index."""
    from tests.opensearch import running  # noqa: PLC0415 - the emulator's environment lacks what it imports

    with running() as server:
        yield server
