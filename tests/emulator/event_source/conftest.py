"""Fixtures of the event source mapping's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.event_source.running import World, world


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    """A world for one engine."""
    made = world(tmp_path)
    yield made
    made.file.close()
