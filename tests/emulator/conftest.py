"""LocalStack processes that several suites of the emulator use."""

from collections.abc import Iterator

import pytest

from tests.emulator.cloudformation.local_process import LocalProcess


@pytest.fixture(scope="module")
def local_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProcess]:
    """A running LocalStack for the tests of one file."""
    process = LocalProcess(tmp_path_factory.mktemp("localstack"))
    process.start()
    yield process
    process.kill()


@pytest.fixture
def own_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProcess]:
    """A running LocalStack that a test may kill."""
    process = LocalProcess(tmp_path_factory.mktemp("own"))
    process.start()
    yield process
    process.kill()
