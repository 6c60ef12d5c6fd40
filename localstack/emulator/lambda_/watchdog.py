"""No worker outlives LocalStack, not even when LocalStack is killed with a worker busy in its handler.

One small process for all workers holds the far end of a pipe and knows their process groups. When the pipe ends it kills them. The
kernel's parent-death signal would not do: it follows the thread that started the worker, and does not reach what the worker started.
Between a worker's start and the word to the watchdog there is a moment without guard; a worker orphaned then ends by itself when it
finds no Runtime API.
"""

import contextlib
import subprocess
import sys
import threading
from pathlib import Path

_REAPER = Path(__file__).with_name("reaper.py")


class Watchdog:
    """Starts its process with the first group to guard, and again should it have been killed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def guard(self, group: int) -> None:
        """This process group dies with us."""
        with self._lock:
            self._groups.add(group)
            if self._process is None or not self._say(f"+{group}\n"):
                self._start()

    def forget(self, group: int) -> None:
        """This process group has ended."""
        with self._lock:
            self._groups.discard(group)
            self._say(f"-{group}\n")

    @property
    def pid(self) -> int | None:
        """Its process; None before the first group."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """Lets it do its work now, as the end of this process would, and waits until it has."""
        with self._lock:
            if self._process is not None:
                self._process.communicate()
                self._process = None

    def _start(self) -> None:
        if self._process is not None:
            self._process.communicate()  # was killed: frees the pipe
        # A session of its own: a signal to LocalStack's group must not end the watchdog first.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_REAPER)], stdin=subprocess.PIPE, bufsize=0, start_new_session=True, cwd="/", env={}
        )
        self._say("".join(f"+{group}\n" for group in self._groups))

    def _say(self, lines: str) -> bool:
        if self._process is None or self._process.stdin is None:
            return False
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(lines.encode())
            return True
        return False


WATCHDOG = Watchdog()
"""This process's watchdog. Nothing is started before the first worker."""
