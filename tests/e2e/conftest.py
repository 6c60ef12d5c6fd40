"""One instance of the local stack for all end-to-end tests, beside the user's own and with nothing in common."""

import shutil
from collections.abc import Iterator

import pytest

from tests.e2e.launching import launcher
from tests.e2e.local_stack import ROOT, LocalStack

VAR = ROOT / "var/test"


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """A fresh instance, deployed, with its demo devices; ended and forgotten afterwards."""
    launcher("down", VAR)
    shutil.rmtree(VAR, ignore_errors=True)
    done = launcher("up", VAR)
    assert done.returncode == 0, done.stdout + done.stderr
    yield LocalStack(VAR / "stack.json")
    launcher("down", VAR)


@pytest.fixture
def running(stack: LocalStack) -> LocalStack:
    """The instance, everything answering: a test that killed something leaves the wait to the next."""
    stack.wait_until_up()
    return stack
