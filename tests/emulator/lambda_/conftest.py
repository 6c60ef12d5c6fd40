"""Execution environments without LocalStack, and one LocalStack process with functions in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator.lambda_.lifecycle import Limits
from tests.emulator.lambda_.environments import Runner, environment_of
from tests.emulator.lambda_.local import Deployer, LocalStack


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Runner]]:
    """Starts environments of test functions; all are stopped at the end."""
    made: list[Runner] = []

    def start(module: str, *, timeout_s: float = 10, memory_mb: int = 128, **variables: str) -> Runner:
        runner = Runner(environment_of(module, tmp_path, Limits(timeout_s, memory_mb), **variables))
        made.append(runner)
        runner.environment.start()
        return runner

    yield start
    for runner in made:
        runner.environment.stop()


@pytest.fixture(scope="module")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One LocalStack for all tests that leave it alive."""
    process = LocalStack(tmp_path_factory.mktemp("localstack"))
    process.start()
    yield process
    process.kill()  # nothing of it is kept, and its orderly end takes seconds


@pytest.fixture(scope="module")
def deploy(localstack: LocalStack) -> Deployer:
    """Deploys a test function and waits until it is active."""
    return Deployer(localstack)
