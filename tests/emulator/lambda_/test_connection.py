"""The runtime's calls, however its bytes arrive."""

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.lambda_.connection import Call, Connection

_bodies = st.lists(st.binary(max_size=300), min_size=1, max_size=3)


def _request(body: bytes) -> bytes:
    return b"POST /2018-06-01/runtime/invocation/r/response HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@settings(deadline=None)
@given(_bodies, st.integers(min_value=1, max_value=200))
def test_calls_arrive_whole_whatever_the_pieces(bodies: list[bytes], piece: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(ours)
        arrived = []
        for body in bodies:
            call = _sent_in_pieces(connection, theirs, _request(body), piece)
            connection.answer(202, [], b"ok")
            assert theirs.recv(1000).startswith(b"HTTP/1.1 202")
            arrived.append(call.body)

    assert arrived == bodies


def _sent_in_pieces(connection: Connection, peer: socket.socket, request: bytes, piece: int) -> Call:
    for start in range(0, len(request), piece):
        peer.sendall(request[start : start + piece])
        if call := connection.read():
            return call
    raise AssertionError("no call")


def test_header_of_almost_a_megabyte_is_read() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(ours)
        request = (
            b"POST /x HTTP/1.1\r\nHost: h\r\nLambda-Runtime-Function-XRay-Error-Cause: "
            + b"c" * 1_000_000
            + b"\r\nContent-Length: 0\r\n\r\n"
        )

        assert _sent_in_pieces(connection, theirs, request, 65536).path == "/x"


def test_end_of_the_peer_is_a_connection_error() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        connection = Connection(ours)
        theirs.close()

        with pytest.raises(ConnectionError):
            connection.read()


def test_what_is_no_http_is_a_connection_error() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(ours)
        theirs.sendall(b"knee\r\n\r\n")

        with pytest.raises(ConnectionError):
            connection.read()
