"""The life of an execution environment: initialise, handle events, be initialised again after a failure, stop.

Knows nothing of LocalStack. Source: Lambda developer guide, "Understanding the Lambda execution environment lifecycle".
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from emulator.lambda_ import report
from emulator.lambda_.errors import InvocationError, RuntimeExitError
from emulator.lambda_.runtime_api import Answered, Invocation
from emulator.lambda_.sandbox import Sandbox
from emulator.lambda_.worker import Program

_LOG = logging.getLogger(__name__)
# An initialisation that fails is tried again with the next event, within the function's own time-out.
_INIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What the function's configuration grants."""

    timeout_s: float
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Invoke answers, and the log of the invocation."""

    body: bytes
    is_error: bool
    log: str


class Environment:
    """One event at a time; a second caller waits. `stop` may come at any moment, and never waits for a handler."""

    def __init__(self, program: Callable[[str], Program], limits: Limits, *, runtime: str, version: str) -> None:
        """`program` builds the process to start, told the Runtime API's host:port."""
        self._program = program
        self._limits = limits
        self._version = version
        self._driving = threading.Lock()
        self._stopped = threading.Event()
        self._sandbox: Sandbox | None = None
        self._log = report.init_start(runtime)
        self._init_ms: float | None = None

    def start(self) -> None:
        """Starts the process and loads the handler. A handler that fails to load shows with the first event. Raises OSError."""
        with self._driving:
            try:
                self._initialise("init", time.monotonic() + _INIT_SECONDS, _INIT_SECONDS)
            except InvocationError as failure:
                _LOG.debug("initialisation failed: %s", failure)
            finally:
                self._close_if_stopped()

    def run(self, invocation: Invocation) -> Outcome:
        """Hands over the event, with its deadline, and waits for the handler's answer, its failure, or the function's time-out."""
        with self._driving:
            try:
                return self._run(invocation)
            finally:
                self._close_if_stopped()

    def stop(self) -> None:
        """Ends the process, busy or not. Never raises, never waits for long."""
        self._stopped.set()
        if sandbox := self._sandbox:
            sandbox.kill()
        if self._driving.acquire(blocking=False):  # else whoever drives it closes it
            try:
                self._close()
            finally:
                self._driving.release()

    def _run(self, invocation: Invocation) -> Outcome:
        self._replace_ended()
        began = time.monotonic()
        self._log += report.start(invocation.request_id, self._version)
        failure: InvocationError | None = None
        try:
            answer = self._answer(invocation, began + self._limits.timeout_s)
        except InvocationError as error:
            failure = error
            answer = Answered(error.payload(invocation.request_id), is_error=True)
        log = self._finish_log(invocation.request_id, began, failure)
        if failure:
            self._close()
        return Outcome(answer.body, answer.is_error, log)

    def _answer(self, invocation: Invocation, until: float) -> Answered:
        if self._sandbox is None:
            self._initialise("invoke", until, self._limits.timeout_s)
        if self._sandbox is None:
            raise RuntimeExitError(-9)  # stopped meanwhile
        timed = replace(invocation, deadline_ms=int((time.time() + until - time.monotonic()) * 1000))
        return self._sandbox.invoke(timed, until, self._limits.timeout_s)

    def _initialise(self, phase: str, until: float, timeout_s: float) -> None:
        if self._stopped.is_set():
            return
        began = time.monotonic()
        self._sandbox = Sandbox(self._program, self._limits.memory_mb)
        if self._stopped.is_set():  # by a caller who did not see this sandbox yet
            self._sandbox.kill()
        try:
            self._sandbox.initialise(until, timeout_s)
        except InvocationError as failure:
            self._take_output()
            self._log += report.init_report(_ms_since(began), phase, failure)
            self._close()
            raise
        self._take_output()
        # In an invocation it is part of the duration already.
        self._init_ms = _ms_since(began) if phase == "init" else None

    def _replace_ended(self) -> None:
        """A process that ended while it waited is replaced before the event counts, as AWS replaces a broken environment."""
        if self._sandbox is not None and self._sandbox.has_ended():
            self._take_output()
            self._close()
            try:
                self._initialise("init", time.monotonic() + _INIT_SECONDS, _INIT_SECONDS)
            except InvocationError as failure:
                _LOG.debug("initialisation after an end failed: %s", failure)

    def _finish_log(self, request_id: str, began: float, failure: InvocationError | None) -> str:
        self._take_output()
        usage = report.Usage(_ms_since(began), self._init_ms, self._limits.memory_mb, self._peak_mb())
        log = self._log + (failure.log_lines(request_id) if failure else "") + report.end(request_id, usage, failure)
        self._log = ""
        self._init_ms = None
        return log

    def _peak_mb(self) -> int:
        return min(self._sandbox.worker.peak_mb(), self._limits.memory_mb) if self._sandbox else 0

    def _take_output(self) -> None:
        if self._sandbox:
            self._log += _whole_lines(self._sandbox.worker.take_output())

    def _close_if_stopped(self) -> None:
        if self._stopped.is_set():
            self._close()

    def _close(self) -> None:
        if self._sandbox:
            self._sandbox.release()
            self._sandbox = None


def _ms_since(began: float) -> float:
    return (time.monotonic() - began) * 1000


def _whole_lines(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
