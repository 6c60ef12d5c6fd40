"""How an invocation fails without the handler having answered, in AWS's words.

    InvocationError
    ├── InitError              the runtime could not load the handler
    ├── RuntimeExitError       the process ended by itself or was killed (out of memory too)
    ├── TaskTimeoutError       the function's time-out passed
    └── ResponseTooLargeError  the handler's answer was above the limit

Each knows the body that Invoke answers and the lines that stand in the function's log.
Source: the Lambda developer guide, "Understanding Lambda runtime errors", and observed bodies and logs.
"""

import json
import signal
from typing import override

from emulator.lambda_.limits import MAX_RESPONSE_BYTES


class InvocationError(Exception):
    """Base of all failures that are not the handler's own answer."""

    error_type = "Runtime.Unknown"
    status = "error"

    def describe(self, request_id: str) -> str:
        """The sentence that stands in `errorMessage`."""
        return f"RequestId: {request_id} Error: {self}"

    def payload(self, request_id: str) -> bytes:
        """Body of the Invoke answer, a JSON object."""
        return json.dumps({"errorType": self.error_type, "errorMessage": self.describe(request_id)}, separators=(",", ":")).encode()

    def log_lines(self, request_id: str) -> str:
        """What the platform writes into the function's log, with line ends."""
        return f"{self.describe(request_id)}\n{self.error_type}\n"


class InitError(InvocationError):
    """The runtime reported an error while it loaded the handler; it brings its own body and has logged it."""

    def __init__(self, body: bytes, error_type: str) -> None:
        super().__init__(error_type)
        self._body = body
        self.error_type = error_type

    @override
    def payload(self, request_id: str) -> bytes:
        return self._body

    @override
    def log_lines(self, request_id: str) -> str:
        return ""


class RuntimeExitError(InvocationError):
    """The process ended before it answered. `returncode` as in subprocess: negative for a signal."""

    error_type = "Runtime.ExitError"

    def __init__(self, returncode: int) -> None:
        super().__init__(exit_reason(returncode))


class TaskTimeoutError(InvocationError):
    """The function's time-out (seconds) passed; its process was killed."""

    error_type = "Sandbox.Timedout"
    status = "timeout"

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"Task timed out after {timeout_s:.2f} seconds")

    @override
    def log_lines(self, request_id: str) -> str:
        return f"{request_id} {self}\n\n"


class ResponseTooLargeError(InvocationError):
    """The handler's answer was larger than 6 MB."""

    error_type = "Function.ResponseSizeTooLarge"

    def __init__(self) -> None:
        super().__init__(f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).")

    @override
    def describe(self, request_id: str) -> str:
        return str(self)


def exit_reason(returncode: int) -> str:
    """AWS's words for how a runtime process ended."""
    if returncode < 0:
        return f"Runtime exited with error: signal: {signal_name(-returncode)}"
    if returncode > 0:
        return f"Runtime exited with error: exit status {returncode}"
    return "Runtime exited without providing a reason"


def signal_name(number: int) -> str:
    """A signal as Lambda names it, e.g. `killed`, `segmentation fault`."""
    description = signal.strsignal(number) or f"signal {number}"
    return description.split(" (")[0].lower()
