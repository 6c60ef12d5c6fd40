"""One HTTP/1.1 connection of the runtime, and the calls that come over it.

The runtime interface client keeps one connection for the life of the process, and opens another for an init error.
h11 parses; this module moves bytes.
"""

import socket
from dataclasses import dataclass

import h11

_RECEIVE_BYTES = 256 * 1024
# The client sends the cause of an error as a header of up to 1 MB.
_MAX_HEADER_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A complete request of the runtime, and the connection that waits for its answer."""

    connection: "Connection"
    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class Connection:
    """Server side of a connection. `read` never blocks longer than the socket has bytes; `answer` blocks until sent."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEADER_BYTES)
        self._request: h11.Request | None = None
        self._body = bytearray()

    def fileno(self) -> int:
        """For a selector."""
        return self._sock.fileno()

    def close(self) -> None:
        """Closes the socket; the runtime sees the end of the connection."""
        self._sock.close()

    def read(self) -> Call | None:
        """Takes in what has arrived: a call when one is complete, None when more must come.

        Raises ConnectionError when the peer has gone or does not speak HTTP.
        """
        data = self._sock.recv(_RECEIVE_BYTES)
        if not data:
            raise ConnectionResetError("the runtime closed its connection")
        try:
            self._http.receive_data(data)
            return self._complete_call()
        except h11.RemoteProtocolError as error:
            raise ConnectionAbortedError(str(error)) from error

    def _complete_call(self) -> Call | None:
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Request):
                self._request = event
                self._body.clear()
            elif isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return self._call()
            else:
                return None

    def _call(self) -> Call:
        assert self._request is not None  # noqa: S101 -- h11 gives a Request before its EndOfMessage
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._request.headers}
        return Call(self, self._request.method.decode(), self._request.target.decode(), headers, bytes(self._body))

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answers the call that was read last. Raises OSError when the runtime has gone."""
        head = [*headers, ("Content-Length", str(len(body)))]
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head]
        chunks = [
            self._http.send(h11.Response(status_code=status, headers=encoded)),
            self._http.send(h11.Data(data=body)),
            self._http.send(h11.EndOfMessage()),
        ]
        self._sock.sendall(b"".join(chunk for chunk in chunks if chunk))
        self._http.start_next_cycle()
