"""A LocalStack of the tests' own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.cloudformation.local_process import LocalProcess


@pytest.fixture(scope="module")
def local_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProcess]:
    """A running LocalStack, which tests kill and start again."""
    process = LocalProcess(tmp_path_factory.mktemp("localstack"))
    process.start()
    yield process
    process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder without LocalStack."""
    return tmp_path / "data"
