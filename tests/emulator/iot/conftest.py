"""A client of the control plane, and names."""

import uuid
from typing import Any

import pytest

from tests.emulator.cloudformation.local_process import LocalProcess


@pytest.fixture
def iot(local_process: LocalProcess) -> Any:
    """A client of the control plane."""
    return local_process.client("iot")


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"n{uuid.uuid4().hex[:12]}"
