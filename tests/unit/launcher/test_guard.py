"""No worker is left of a guarded server, however the server or its guard ended."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from launcher.processes import guard

_SERVER = 'sleep 600 & echo "$$ $!"; wait'
"""A server with a worker; it prints both process ids."""


@contextmanager
def _guarded() -> Iterator[tuple[subprocess.Popen[str], psutil.Process, psutil.Process]]:
    """A guard, its server and the server's worker."""
    with subprocess.Popen([sys.executable, "-I", guard.__file__, "sh", "-c", _SERVER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        server, worker = (psutil.Process(int(pid)) for pid in process.stdout.readline().split())
        try:
            yield process, server, worker
        finally:
            for it in (server, worker):
                if _lives(it):
                    it.kill()
            process.kill()


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _ends(process: psutil.Process) -> bool:
    deadline = time.monotonic() + 30
    while (lives := _lives(process)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not lives


def test_a_killed_servers_worker_ends_and_so_does_the_guard() -> None:
    with _guarded() as (process, server, worker):
        server.kill()
        assert process.wait(30) == 1
        assert _ends(worker)


def test_a_guard_that_is_told_to_end_ends_both() -> None:
    with _guarded() as (process, server, worker):
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert _ends(server)
        assert _ends(worker)


def test_a_killed_guards_server_is_told_to_end() -> None:
    with _guarded() as (process, server, _worker):
        process.kill()
        assert _ends(server)


@pytest.mark.parametrize("status", [0, 3])
def test_a_servers_own_status_is_the_guards(status: int) -> None:
    done = subprocess.run([sys.executable, "-I", guard.__file__, "sh", "-c", f"exit {status}"], check=False, timeout=60)
    assert done.returncode == status
