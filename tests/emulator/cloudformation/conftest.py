"""CloudFormation of the LocalStack of a test file."""

import pytest

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Stacks


@pytest.fixture
def stacks(local_process: LocalProcess) -> Stacks:
    """CloudFormation of the running LocalStack."""
    return Stacks(local_process.client("cloudformation"))
