"""Servers that several suites share, started once, when a test first asks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.opensearch import OpenSearch

# A slow machine is no counterexample. The whole suite looks at the same examples each time, so that what it says is about the
# change under test; to look further, run a suite with --hypothesis-profile=wide.
settings.register_profile("suite", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("wide", deadline=None, print_blob=True, max_examples=1000)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def opensearch() -> "Iterator[OpenSearch]":
    """A throw-away OpenSearch server without an index."""
    from tests.opensearch import running  # noqa: PLC0415 - the emulator's environment lacks what it imports

    with running() as server:
        yield server
