"""One LocalStack for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Stacks


@pytest.fixture(scope="module")
def local_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProcess]:
    """A running LocalStack, which no test stops."""
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


@pytest.fixture
def stacks(local_process: LocalProcess) -> Stacks:
    """CloudFormation of the running LocalStack."""
    return Stacks(local_process.client("cloudformation"))
