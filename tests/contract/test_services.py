"""What every transport of the port `Services` promises: in process, Lambda's Invoke, HTTP."""

import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3
from botocore.exceptions import ReadTimeoutError

from chalicelib.adapters.service_clients import Http, InProcess, LambdaInvoke, ServiceClients, Transport
from chalicelib.domain.errors import UnavailableError
from chalicelib.domain.service_calls import ServiceAnswer, ServiceRequest
from tests.fakes.ingest import FakeClock

REQUEST = ServiceRequest("PUT", "/devices/d-1/settings", {"q": "a b", "é": "&"}, {"x-role": "therapist"}, {"interval_s": 5})
Handler = Callable[[dict[str, Any]], Any]


def _echo(event: dict[str, Any]) -> dict[str, Any]:
    return {"status": 201, "headers": {}, "body": event}


def _mumbles(event: dict[str, Any]) -> str:
    return "x"


class FakeLambda:
    """The client of one function."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        """As boto3 answers; a handler that raises is a function that failed."""
        assert FunctionName == "gonio-test-devices"
        try:
            return {"Payload": io.BytesIO(json.dumps(self._handler(json.loads(Payload))).encode())}
        except UnavailableError:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage": "..."}')}


@contextmanager
def _http(handler: Handler) -> Iterator[str]:
    class Server(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            url = urlsplit(self.path)
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items() if name.lower().startswith("x-")}
            answer = handler({"method": "PUT", "path": url.path, "query": dict(parse_qsl(url.query)), "headers": headers, "body": body})
            content = json.dumps(answer["body"]).encode() if isinstance(answer, dict) else b"{"
            self.send_response(answer["status"] if isinstance(answer, dict) else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _transport(kind: str, handler: Handler) -> Iterator[Transport]:
    if kind == "in_process":
        yield InProcess({"devices": handler})
    elif kind == "lambda":
        client: Any = FakeLambda(handler)
        yield LambdaInvoke(client, {"devices": "gonio-test-devices"})
    else:
        with _http(handler) as address, urllib3.PoolManager() as pool:
            yield Http(pool, {"devices": address})


@contextmanager
def _services(kind: str, handler: Handler) -> Iterator[ServiceClients]:
    with _transport(kind, handler) as transport, ThreadPoolExecutor(4) as executor:
        yield ServiceClients(transport, executor, FakeClock(1_000_000))


@pytest.mark.parametrize("kind", ["in_process", "lambda", "http"])
def test_a_request_arrives_whole_and_its_answer_comes_back(kind: str) -> None:
    with _services(kind, _echo) as services:
        answer = services.begin("devices", REQUEST, 2.5)()

    event = {
        "method": "PUT",
        "path": "/devices/d-1/settings",
        "query": {"q": "a b", "é": "&"},
        "headers": {"x-role": "therapist", "x-deadline-ms": "1002500"},
        "body": {"interval_s": 5},
    }
    assert answer == ServiceAnswer(201, event)


@pytest.mark.parametrize("kind", ["in_process", "lambda", "http"])
def test_an_answer_of_another_shape_is_none(kind: str) -> None:
    with _services(kind, _mumbles) as services, pytest.raises(UnavailableError):
        services.begin("devices", REQUEST, 5)()


@pytest.mark.parametrize("kind", ["in_process", "lambda", "http"])
def test_who_does_not_answer_in_time_is_not_waited_for(kind: str) -> None:
    go_on = Event()

    def hangs(event: dict[str, Any]) -> dict[str, Any]:
        go_on.wait(60)
        return _echo(event)

    with _services(kind, hangs) as services:
        with pytest.raises(UnavailableError, match="devices"):
            services.begin("devices", REQUEST, 0.05)()
        go_on.set()


def test_two_services_are_asked_at_the_same_time() -> None:
    both = {"a": Event(), "b": Event()}

    def waits_for(mine: str, other: str) -> Handler:
        def handler(event: dict[str, Any]) -> dict[str, Any]:
            both[mine].set()
            assert both[other].wait(30)
            return _echo(event)

        return handler

    with ThreadPoolExecutor(2) as executor:
        services = ServiceClients(InProcess({"a": waits_for("a", "b"), "b": waits_for("b", "a")}), executor, FakeClock())
        waiting = [services.begin(name, REQUEST, 30) for name in ("a", "b")]

        assert [it().status for it in waiting] == [201, 201]


def test_a_function_that_fails_or_cannot_be_reached() -> None:
    def fails(event: dict[str, Any]) -> dict[str, Any]:
        raise UnavailableError("broken")

    def times_out(event: dict[str, Any]) -> dict[str, Any]:
        raise ReadTimeoutError(endpoint_url="http://127.0.0.1")

    for handler in (fails, times_out):
        with _services("lambda", handler) as services, pytest.raises(UnavailableError):
            services.begin("devices", REQUEST, 5)()


def test_a_service_that_is_not_there() -> None:
    with _services("in_process", _echo) as services, pytest.raises(UnavailableError):
        services.begin("query", REQUEST, 5)()
    with ThreadPoolExecutor(1) as executor, urllib3.PoolManager() as pool, pytest.raises(UnavailableError):
        ServiceClients(Http(pool, {"query": "http://127.0.0.1:1"}), executor, FakeClock()).begin("query", REQUEST, 5)()
