"""The Lambda Runtime API of one execution environment.

No thread waits here: whoever drives an invocation calls `receive` and so reads what the runtime has to say. Between invocations the
runtime's `GET next` rests in the socket.
Source: Lambda developer guide, "Using the Lambda runtime API" (2018-06-01).
"""

import contextlib
import selectors
import socket
import time
from dataclasses import dataclass

from emulator.lambda_.connection import Call, Connection
from emulator.lambda_.limits import MAX_RESPONSE_BYTES

_PREFIX = "/2018-06-01/runtime/"
_JSON = [("Content-Type", "application/json")]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event for the runtime, as `GET next` hands it out."""

    request_id: str
    function_arn: str
    trace_id: str
    event: bytes
    client_context: str | None = None
    """JSON text."""
    deadline_ms: int = 0
    """Epoch milliseconds."""

    def headers(self) -> list[tuple[str, str]]:
        """The headers that carry everything but the event itself."""
        optional = [("Lambda-Runtime-Client-Context", self.client_context)] if self.client_context else []
        return [
            *_JSON,
            ("Lambda-Runtime-Aws-Request-Id", self.request_id),
            ("Lambda-Runtime-Deadline-Ms", str(self.deadline_ms)),
            ("Lambda-Runtime-Invoked-Function-Arn", self.function_arn),
            ("Lambda-Runtime-Trace-Id", self.trace_id),
            *optional,
        ]


@dataclass(frozen=True, slots=True)
class NextAsked:
    """The runtime is ready for an event."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The handler's answer, or its error."""

    body: bytes
    is_error: bool


@dataclass(frozen=True, slots=True)
class AnswerTooLarge:
    """The handler's answer was refused for its size."""


@dataclass(frozen=True, slots=True)
class InitErrorReported:
    """The handler could not be loaded."""

    body: bytes
    error_type: str


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """The process behind the watched descriptor has ended."""


RuntimeSignal = NextAsked | Answered | AnswerTooLarge | InitErrorReported | ProcessEnded


class RuntimeApi:
    """Listens on a free loopback port for one runtime process. Not for several threads at once, `close` excepted."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._connections: set[Connection] = set()
        self._waiting: Call | None = None
        self._request_id = ""

    @property
    def address(self) -> str:
        """host:port for AWS_LAMBDA_RUNTIME_API."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def watch_process(self, pidfd: int) -> None:
        """From now on the end of this process is reported too."""
        self._selector.register(pidfd, selectors.EVENT_READ)

    def close(self) -> None:
        """Releases port, connections and selector. The runtime finds nobody there."""
        for connection in self._connections:
            connection.close()
        self._listener.close()
        self._selector.close()

    def hand_out(self, invocation: Invocation) -> None:
        """Answers the waiting `GET next`. Raises OSError when the runtime has gone."""
        assert self._waiting is not None, "the runtime has not asked for an event"  # noqa: S101
        call, self._waiting = self._waiting, None
        self._request_id = invocation.request_id
        call.connection.answer(200, invocation.headers(), invocation.event)

    def receive(self, until: float) -> RuntimeSignal | None:
        """What the runtime does next; None when `until` (monotonic seconds) passed first."""
        while True:
            ready = self._selector.select(max(0.0, until - time.monotonic()))
            if not ready:
                return None
            # A last answer goes before the news that its sender has ended.
            for key, _ in sorted(ready, key=lambda item: isinstance(item[0].fileobj, int)):
                if (found := self._signal_from(key.fileobj)) is not None:
                    return found

    def _signal_from(self, source: object) -> RuntimeSignal | None:
        if isinstance(source, Connection):
            call = self._read(source)
            return None if call is None else self._dispatch(call)
        if source is self._listener:
            self._accept()
            return None
        return ProcessEnded()

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(sock)
        self._connections.add(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, connection: Connection) -> Call | None:
        try:
            return connection.read()
        except ConnectionError:  # the end of its process, if it is one, is reported by itself
            self._selector.unregister(connection)
            self._connections.discard(connection)
            connection.close()
            return None

    def _dispatch(self, call: Call) -> RuntimeSignal | None:
        match (call.method, call.path.removeprefix(_PREFIX).split("/")):
            case ("GET", ["invocation", "next"]):
                self._waiting = call
                return NextAsked()
            case ("POST", ["invocation", request_id, ("response" | "error") as kind]):
                return self._outcome(call, request_id, is_error=kind == "error")
            case ("POST", ["init", "error"]):
                _respond(call, 202, b'{"status":"OK"}')
                return InitErrorReported(call.body, call.headers.get("lambda-runtime-function-error-type", "Runtime.Unknown"))
            case _:
                _respond(call, 404, b'{"errorType":"NotFound","errorMessage":"No such operation"}')
                return None

    def _outcome(self, call: Call, request_id: str, *, is_error: bool) -> RuntimeSignal | None:
        if request_id != self._request_id:
            _respond(call, 400, b'{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}')
            return None
        if len(call.body) > MAX_RESPONSE_BYTES:
            _respond(call, 413, b'{"errorType":"RequestEntityTooLarge","errorMessage":"Exceeded maximum allowed payload size"}')
            return AnswerTooLarge()
        _respond(call, 202, b'{"status":"OK"}')
        return Answered(call.body, is_error)


def _respond(call: Call, status: int, body: bytes) -> None:
    with contextlib.suppress(OSError):  # it has said what it had to say; whether it still listens shows by itself
        call.connection.answer(status, _JSON, body)
