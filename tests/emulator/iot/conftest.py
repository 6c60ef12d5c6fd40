"""One LocalStack for the tests of this folder."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.cloudformation.local_process import LocalProcess


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
def iot(local_process: LocalProcess) -> Any:
    """A client of the control plane."""
    return local_process.client("iot")


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"n{uuid.uuid4().hex[:12]}"
