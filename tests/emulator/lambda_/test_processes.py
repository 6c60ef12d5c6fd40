"""LocalStack processes of their own: whatever happens to one, no worker is left; what it lacks, it says."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from emulator.lambda_.watchdog import Watchdog
from tests.emulator.lambda_.local import Deployer, Function, LocalStack, alive, until


@pytest.fixture
def own_localstack(tmp_path: Path) -> Iterator[LocalStack]:
    """A LocalStack that the test may kill."""
    process = LocalStack(tmp_path)
    process.start()
    yield process
    process.kill()


def _invoke_and_lose(function: Function, event: dict[str, object]) -> None:
    with suppress(BotoCoreError, ClientError):
        function.invoke(event)


def test_sigkill_of_localstack_leaves_no_worker_idle_or_busy(own_localstack: LocalStack, tmp_path: Path) -> None:
    deploy = Deployer(own_localstack)
    idle = deploy("counting").answer()["pid"]
    event = {"seconds": 60, "busy": True, "child": True, "file": str(tmp_path / "pids")}
    caller = threading.Thread(target=_invoke_and_lose, args=(deploy("sleeping", Timeout=120), event))
    caller.start()
    until((tmp_path / "pids").exists)
    pids = [idle, *map(int, (tmp_path / "pids").read_text().split())]
    assert all(alive(pid) for pid in pids)

    own_localstack.kill()

    until(lambda: not any(alive(pid) for pid in pids), 30)
    caller.join()


def test_sigterm_of_localstack_with_a_busy_worker_ends_both(own_localstack: LocalStack, tmp_path: Path) -> None:
    deploy = Deployer(own_localstack)
    event = {"seconds": 60, "busy": True, "file": str(tmp_path / "pids")}
    caller = threading.Thread(target=_invoke_and_lose, args=(deploy("sleeping", Timeout=120), event))
    caller.start()
    until((tmp_path / "pids").exists)

    own_localstack.process.terminate()

    until(lambda: not alive(int((tmp_path / "pids").read_text())), 30)
    caller.join()


def test_missing_interpreter_is_said_at_the_start_and_by_the_function(tmp_path: Path) -> None:
    process = LocalStack(tmp_path, {"EMULATOR_LAMBDA_PYTHON": "/nowhere/python"})
    process.start()
    try:
        function = Deployer(process)("counting")

        assert "interpreter /nowhere/python does not exist" in process.log()
        configuration = function.client.get_function(FunctionName=function.name)["Configuration"]
        assert configuration["State"] == "Failed"
        assert "interpreter /nowhere/python does not exist" in configuration["StateReason"]
    finally:
        process.kill()


def _sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)


def test_watchdog_that_was_killed_is_started_again_and_knows_all_groups() -> None:
    watchdog = Watchdog()
    first, second = _sleeper(), _sleeper()
    watchdog.guard(first.pid)
    pid = watchdog.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid))

    watchdog.guard(second.pid)
    watchdog.close()

    assert [first.wait(10), second.wait(10)] == [-9, -9]


def test_watchdog_spares_what_it_was_told_to_forget() -> None:
    watchdog = Watchdog()
    kept, forgotten = _sleeper(), _sleeper()
    watchdog.guard(kept.pid)
    watchdog.guard(forgotten.pid)

    watchdog.forget(forgotten.pid)
    watchdog.close()

    assert kept.wait(10) == -9
    assert forgotten.poll() is None
    forgotten.kill()
    forgotten.wait(10)
