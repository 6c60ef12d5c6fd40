"""A runtime process together with its Runtime API: loads the handler once, then handles one event at a time.

Memory: a process whose resident memory passes the function's size is killed, as the kernel does on AWS. It is looked at every 100 ms and
after each answer; a limit on address space instead would break imports that only reserve memory.
"""

import time
from collections.abc import Callable

from emulator.lambda_.errors import InitError, ResponseTooLargeError, RuntimeExitError, TaskTimeoutError
from emulator.lambda_.runtime_api import Answered, AnswerTooLarge, InitErrorReported, Invocation, NextAsked, RuntimeApi, RuntimeSignal
from emulator.lambda_.worker import Program, Worker

_MEMORY_CHECK_SECONDS = 0.1


class Sandbox:
    """One environment's process. One thread drives it; only `kill` may come from another: what runs ends with RuntimeExitError."""

    def __init__(self, program: Callable[[str], Program], memory_mb: int) -> None:
        """Starts the process. `program` is told the Runtime API's host:port. Raises OSError when it cannot be started."""
        self._memory_mb = memory_mb
        self._asked = False
        self._api = RuntimeApi()
        try:
            self.worker = Worker(program(self._api.address))
        except OSError:
            self._api.close()
            raise
        self._api.watch_process(self.worker.pidfd)

    def initialise(self, until: float, timeout_s: float) -> None:
        """Returns when the handler is loaded and an event may come. Raises InvocationError; the sandbox is then of no more use."""
        match self._receive(until, timeout_s):
            case NextAsked():
                self._asked = True
            case InitErrorReported(body, error_type):
                raise InitError(body, error_type)
            case _:
                raise RuntimeExitError(self.worker.returncode())

    def invoke(self, invocation: Invocation, until: float, timeout_s: float) -> Answered:
        """The handler's answer or error by `until` (monotonic). Raises InvocationError; the sandbox is then of no more use."""
        if not self._asked:
            self.initialise(until, timeout_s)
        self._asked = False
        try:
            self._api.hand_out(invocation)
        except OSError as error:
            raise RuntimeExitError(self.worker.returncode()) from error
        match self._receive(until, timeout_s):
            case Answered() as answer:
                self._check_memory()
                return answer
            case AnswerTooLarge():
                raise ResponseTooLargeError
            case _:
                raise RuntimeExitError(self.worker.returncode())

    def has_ended(self) -> bool:
        """Whether its process has ended, so that another must take the next event."""
        return self.worker.has_ended()

    def kill(self) -> None:
        """Ends the process. Never raises."""
        self.worker.kill()

    def release(self) -> None:
        """Ends the process and frees port and descriptors."""
        self.worker.kill()
        self._api.close()
        self.worker.release()

    def _receive(self, until: float, timeout_s: float) -> RuntimeSignal:
        while True:
            now = time.monotonic()
            if (signal := self._api.receive(min(until, now + _MEMORY_CHECK_SECONDS))) is not None:
                return signal
            if now >= until:
                self.worker.kill()
                raise TaskTimeoutError(timeout_s)
            self._check_memory()

    def _check_memory(self) -> None:
        if self.worker.peak_mb() > self._memory_mb:
            self.worker.kill()
            raise RuntimeExitError(self.worker.returncode())
