"""The service `query` on fakes."""

import pytest

from tests.fakes.query_world import QueryWorld


@pytest.fixture
def world() -> QueryWorld:
    """Empty."""
    return QueryWorld()
