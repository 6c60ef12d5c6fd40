"""The front door without a browser: what every answer carries, what it refuses, and how it says that the API is away."""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from launcher.instance import Instance
from launcher.processes import front_door
from launcher.processes.components import certificate_files
from tests.browser import front

_HEADERS = {
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, str]:
        """The API's one error shape."""
        return dict(json.loads(self.body)["error"])


class _Upstream(BaseHTTPRequestHandler):
    """Answers with what it was asked; `/events` in two parts, the second when `rest` is set."""

    rest: threading.Event
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        parts = [b"first\n", b"rest\n"] if self.path.endswith("/events") else [json.dumps({"path": self.path, **self.headers}).encode()]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(sum(map(len, parts))))
        self.end_headers()
        for place, part in enumerate(parts):
            if place:
                self.rest.wait(10)
            self.wfile.write(part)
            self.wfile.flush()

    do_POST = do_GET  # noqa: N815 (the base class's names)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Quiet."""


@contextmanager
def _upstream() -> Iterator[tuple[str, threading.Event]]:
    rest = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Upstream,), {"rest": rest}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/stage/api", rest
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def upstream() -> Iterator[tuple[str, threading.Event]]:
    """An API's URL, and what lets its events end."""
    with _upstream() as served:
        yield served


@pytest.fixture
def door(instance: Instance, upstream: tuple[str, threading.Event]) -> Iterator[Instance]:
    """The front door before it."""
    with front.standing(instance, upstream[0]):
        yield instance


def _connect(instance: Instance) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=certificate_files(instance)["ca.pem"])
    return http.client.HTTPSConnection("localhost", instance.ports["front-door"], context=context, timeout=10)


def _ask(instance: Instance, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    connection = _connect(instance)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return content


@pytest.mark.parametrize("path", ["/", "/app/main.js", "/nowhere", "/.git/config", "/api/devices"])
def test_every_answer_carries_the_security_headers_once(door: Instance, path: str) -> None:
    connection = _connect(door)
    connection.request("GET", path)
    names = [name.lower() for name, _ in connection.getresponse().getheaders()]
    connection.close()
    assert {name: names.count(name) for name in _HEADERS} == dict.fromkeys(_HEADERS, 1)


def test_the_policy_allows_this_origin_and_nothing_inline(door: Instance) -> None:
    policy = _ask(door, "/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", ["/.git/config", "/app/.hidden.js", "/../localstack/launcher/processes/front_door.py", "/%2e%2e/README.md", "/app/", "/vendor"]
)
def test_nothing_but_the_clients_files_is_served(door: Instance, path: str) -> None:
    assert _ask(door, path).status in (400, 404)


def test_files_are_asked_for_again_and_versioned_ones_are_kept(door: Instance) -> None:
    page = _ask(door, "/")
    assert page.headers["cache-control"] == "no-cache"
    assert _ask(door, "/", **{"If-None-Match": page.headers["etag"]}).status == 304  # type: ignore[arg-type]
    assert "immutable" in _ask(door, "/vendor/uplot-1.6.32/uPlot.esm.js").headers["cache-control"]
    assert _ask(door, "/api/devices").headers["cache-control"] == "no-store"


def test_a_request_reaches_the_api_with_its_path_query_and_origin(door: Instance) -> None:
    answer = _ask(
        door,
        "/api/devices/a%20b/series?metric=x&to=%2B",
        Cookie="a=b",
        Origin="https://localhost",
        **{"X-Forwarded-For": "203.0.113.9"},  # type: ignore[arg-type]
    )
    seen = json.loads(answer.body)
    assert seen["path"] == "/stage/api/devices/a%20b/series?metric=x&to=%2B"
    assert (seen["Cookie"], seen["Origin"]) == ("a=b", "https://localhost")
    assert (seen["X-Forwarded-For"], seen["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
    assert seen["X-Forwarded-Host"] == f"localhost:{door.ports['front-door']}"
    assert "access-control-allow-origin" not in answer.headers


def test_events_pass_as_they_come(door: Instance, upstream: tuple[str, threading.Event]) -> None:
    connection = _connect(door)
    connection.request("GET", "/api/events")
    answer = connection.getresponse()
    assert answer.readline() == b"first\n"
    upstream[1].set()
    assert answer.read() == b"rest\n"
    connection.close()


def test_a_request_above_a_megabyte_is_refused_in_the_apis_words(door: Instance) -> None:
    refused = _ask(door, "/api/devices", "POST", b"x" * (1024 * 1024 + 1))
    assert (refused.status, refused.error["code"]) == (413, "too_large")
    assert _ask(door, "/api/devices", "POST", b"x" * 1024 * 1024).status == 200


def test_a_flood_of_sign_ins_is_slowed_and_nothing_else_is(door: Instance) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _ask(door, "/api/session", "POST", b"{}"), range(60)))
    statuses = [answer.status for answer in answers]
    assert statuses.count(200) >= 20
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.error["code"] == "too_many_requests"
    assert _ask(door, "/api/session").status == 200


def test_files_are_read_only(door: Instance) -> None:
    assert _ask(door, "/app/main.js", "DELETE").status == 403


def test_plain_http_is_sent_to_https(door: Instance) -> None:
    port = door.ports["front-door"]
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    connection.request("GET", "/app/main.js")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Location")) == (308, f"https://localhost:{port}/app/main.js")
    connection.close()


def test_it_speaks_http_2_with_a_certificate_for_localhost(door: Instance) -> None:
    context = ssl.create_default_context(cafile=certificate_files(door)["ca.pem"])
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", door.ports["front-door"]), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        assert secure.selected_alpn_protocol() == "h2"


def test_an_api_that_does_not_answer_is_said_in_the_apis_words(instance: Instance) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with front.standing(instance, f"http://127.0.0.1:{closed.getsockname()[1]}/stage/api/"):
            answer = _ask(instance, "/api/devices")
    assert (answer.status, answer.error["code"], answer.headers["retry-after"]) == (503, "unavailable", "2")
    assert set(answer.headers) >= _HEADERS


def test_a_deployment_is_taken_up_while_it_runs(instance: Instance, upstream: tuple[str, threading.Event]) -> None:
    with front.standing(instance, None):
        assert _ask(instance, "/api/devices").error["code"] == "unavailable"
        assert _ask(instance, "/").status == 200
        front_door.point_at(instance, upstream[0])
        deadline = threading.Event()
        for _ in range(100):
            if _ask(instance, "/api/devices").status == 200:
                return
            deadline.wait(0.05)
    raise AssertionError("the new address is not taken up")
