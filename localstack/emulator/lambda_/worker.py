"""A runtime process: started, watched and killed. One for each execution environment.

It leads a session, and so a process group, of its own: a kill reaches what the handler started too.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.lambda_.watchdog import WATCHDOG

_REAP_SECONDS = 2.0
# Output that was taken stays in memory up to this size, so that the file is seldom cut.
_KEPT_OUTPUT_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Program:
    """What to start."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    """The whole environment: nothing of LocalStack's own is added."""


class Worker:
    """A running process, its output, and its peak memory."""

    def __init__(self, program: Program) -> None:
        """Raises OSError when it cannot be started."""
        # A file in memory takes any amount of output without a reader; appending lets it be emptied while it is written.
        self._output = os.memfd_create("lambda-output", os.MFD_CLOEXEC)
        try:
            self._process = _started(program, self._output)
        except OSError:
            os.close(self._output)
            raise
        self._taken = 0
        self._peak_mb = 0
        self.pid = self._process.pid
        self.pidfd = os.pidfd_open(self.pid)
        WATCHDOG.guard(self.pid)

    def take_output(self) -> str:
        """What it has written to standard output and error since the last call."""
        text = os.pread(self._output, os.fstat(self._output).st_size - self._taken, self._taken)
        self._taken += len(text)
        if self._taken > _KEPT_OUTPUT_BYTES:
            os.ftruncate(self._output, 0)
            self._taken = 0
        return text.decode(errors="replace")

    def peak_mb(self) -> int:
        """Largest resident memory so far, in MB; when it has ended, what was seen last."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            status = Path(f"/proc/{self.pid}/status").read_bytes()
            if (at := status.find(b"VmHWM:")) >= 0:
                kilobytes = int(status[at + 6 : status.index(b"kB", at)])
                self._peak_mb = -(-kilobytes // 1024)
        return self._peak_mb

    def has_ended(self) -> bool:
        """Whether it has ended, by itself or killed."""
        return self._process.returncode is not None or os.waitid(os.P_PIDFD, self.pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def returncode(self) -> int:
        """How it ended, once it has ended; negative for a signal. Ends what it left behind."""
        self._kill_group()
        return self._process.wait(_REAP_SECONDS)

    def kill(self) -> None:
        """Ends it and all that it started, at once. Never raises; harmless when it has ended."""
        self._kill_group()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAP_SECONDS)

    def _kill_group(self) -> None:
        # Until it is reaped its number cannot belong to another group.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def release(self) -> None:
        """Frees the descriptors. Nothing else may be called afterwards."""
        WATCHDOG.forget(self.pid)
        os.close(self.pidfd)
        os.close(self._output)


def _started(program: Program, output: int) -> "subprocess.Popen[bytes]":
    with open(f"/proc/self/fd/{output}", "ab", buffering=0) as appending:  # noqa: PTH123 -- not a path of the file system
        return subprocess.Popen(
            program.argv,
            cwd=program.cwd,
            env=program.env,
            stdin=subprocess.DEVNULL,
            stdout=appending,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
