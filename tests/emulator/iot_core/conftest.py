"""One data plane for each test module that asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.iot_core.installation import Installation


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running data plane, shared by a module; devices and rules of a test bear the test's own names."""
    installation = Installation(tmp_path_factory.mktemp("p"))
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


@pytest.fixture
def own_plane(tmp_path: Path) -> Iterator[Installation]:
    """A data plane for one test that kills its processes; not yet started."""
    installation = Installation(tmp_path)
    try:
        yield installation
    finally:
        installation.stop()
