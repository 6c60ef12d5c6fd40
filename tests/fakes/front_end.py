"""The front end on fakes, as a browser meets it: Chalice's own local gateway, cookies kept, our pages' headers sent."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from chalice import Chalice
from chalice.config import Config
from chalice.local import LocalGateway, LocalGatewayException

from chalicelib.adapters.service_clients import InProcess, ServiceClients
from chalicelib.bff.blueprints import register
from chalicelib.bff.components import Check, Components
from chalicelib.bff.dependencies import Bff
from chalicelib.domain.errors import UnavailableError
from chalicelib.feed.change_feed import ChangeFeed
from chalicelib.security.revocation import SessionCheck
from chalicelib.security.sign_in_limit import SignInLimit
from chalicelib.security.signing_keys import CachedSigningKeys
from chalicelib.security.tokens import TokenVerifier
from tests.fakes.changes_stream import FakeChangesStream, FakePause
from tests.fakes.identity import (
    CLIENT_ID,
    ISSUER,
    FakeIdentityProvider,
    FakeRevokedSessions,
    FakeSignInAttempts,
    FakeSigningKeySource,
)
from tests.fakes.ingest import FakeClock

ORIGIN = "https://gonio.example"
PASSWORD = "correct horse battery staple"
THERAPIST = "therapist@clinic-north.example"
NEIGHBOUR = "therapist@clinic-south.example"
OPERATOR = "operator@gonio.example"
CSRF_KEY = b"k" * 32

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class FakeLog:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, Mapping[str, object]]] = []

    def info(self, message: object, /, *, extra: Mapping[str, object]) -> None:
        """See the port."""
        self.lines.append(("info", str(message), extra))

    def warning(self, message: object, /, *, extra: Mapping[str, object]) -> None:
        """See the port."""
        self.lines.append(("warning", str(message), extra))

    def exception(self, message: object, /, *, extra: Mapping[str, object]) -> None:
        """See the port."""
        self.lines.append(("exception", str(message), extra))


class FakeServices:
    """Services that answer as they are told, and remember what they were asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {}
        self.status = 200
        self.down: set[str] = set()

    def handler(self, service: str) -> Handler:
        """The service of that name."""

        def handle(event: dict[str, Any]) -> dict[str, Any]:
            self.asked.append((service, event))
            if service in self.down:
                raise UnavailableError(service)
            if event["path"] not in self.answers:
                error = {"code": "not_found", "message": "There is no such thing", "correlation_id": None}
                return {"status": 404, "headers": {}, "body": {"error": error}}
            return {"status": self.status, "headers": {}, "body": self.answers[event["path"]]}

        return handle


@dataclass(slots=True)
class Reply:
    """An answer as a browser sees it; header names in lower case."""

    status: int
    headers: dict[str, Any]
    text: str

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)

    @property
    def error(self) -> str:
        """The code of a refusal."""
        return str(self.json["error"]["code"])


class World:
    """Everything that the front end needs, on fakes that a test may change."""

    def __init__(self, handlers: Mapping[str, Handler] | None = None) -> None:
        self.clock = FakeClock()
        self.identity = FakeIdentityProvider(self.clock)
        self.revoked = FakeRevokedSessions()
        self.attempts = FakeSignInAttempts()
        self.signing_keys = FakeSigningKeySource()
        self.services = FakeServices()
        self.stream = FakeChangesStream(self.clock)
        self.log = FakeLog()
        self.checks: dict[str, Check] = {"database": dict}
        self.executor = ThreadPoolExecutor(4)
        self.check_executor = ThreadPoolExecutor(4)
        self._handlers = handlers or {name: self.services.handler(name) for name in ("query", "devices")}
        self.identity.add(THERAPIST, PASSWORD)
        self.identity.add(NEIGHBOUR, PASSWORD, **{"custom:tenant": "clinic-south"})
        self.identity.add(OPERATOR, PASSWORD, **{"custom:tenant": None, "cognito:groups": ["operator"]})

    def instance(self) -> "Instance":
        """One more instance of the function: its caches are its own, all else is shared."""
        services = ServiceClients(InProcess(self._handlers), self.executor, self.clock)
        bff = Bff(
            identity=self.identity,
            verifier=TokenVerifier(CachedSigningKeys(self.signing_keys, self.clock), self.clock, ISSUER, CLIENT_ID),
            sessions=SessionCheck(self.revoked, self.clock),
            sign_ins=SignInLimit(self.attempts, self.clock),
            services=services,
            feed=ChangeFeed(self.stream, self.clock, FakePause(self.clock)),
            components=Components(self.checks, self.check_executor, self.clock, self.log),
            log=self.log,
            csrf_key=CSRF_KEY,
            web_origin=ORIGIN,
        )
        app = Chalice(app_name="test")
        register(app, lambda: bff)
        return Instance(app, LocalGateway(app, Config()))

    def browser(self, instance: "Instance | None" = None) -> "Browser":
        """A browser that knows nobody yet."""
        return Browser(instance or self.instance())

    def close(self) -> None:
        """Ends the threads."""
        self.executor.shutdown()
        self.check_executor.shutdown()


@dataclass(slots=True)
class Instance:
    """An application and the gateway in front of it."""

    app: Any
    gateway: Any


@dataclass(slots=True)
class Browser:
    """Sends what a browser sends from our pages; `cookies` and `csrf_token` may be changed by a test."""

    instance: Instance
    cookies: dict[str, str] = field(default_factory=dict)
    csrf_token: str | None = None

    def sign_in(self, email: str = THERAPIST, password: str = PASSWORD) -> Reply:
        """Signs in."""
        reply = self.ask("POST", "/session", {"email": email, "password": password})
        if reply.status == 200:
            self.csrf_token = reply.json["csrf_token"]
        return reply

    def ask(self, method: str, path: str, body: object = None, *, headers: Mapping[str, str | None] | None = None) -> Reply:
        """Sends a request; a header that is None is left out."""
        sent = self._headers(method, body is not None, headers or {})
        raw = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            answer = self.instance.gateway.handle_request(method=method, path=path, headers=sent, body=raw)
        except LocalGatewayException as error:
            return Reply(error.CODE, {}, (error.body or b"").decode())
        reply = Reply(
            answer["statusCode"], {k.lower(): v for k, v in {**answer["headers"], **answer["multiValueHeaders"]}.items()}, answer["body"]
        )
        self._keep(reply.headers.get("set-cookie", []))
        return reply

    def _headers(self, method: str, has_body: bool, changes: Mapping[str, str | None]) -> dict[str, str]:
        is_change = method != "GET"
        usual = {
            "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()) or None,
            "origin": ORIGIN if is_change else None,
            "sec-fetch-site": "same-origin",
            "x-csrf-token": self.csrf_token if is_change else None,
            "content-type": "application/json" if has_body else None,
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def _keep(self, headers: list[str]) -> None:
        for header in headers:
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if "Max-Age=0" not in header:
                self.cookies[name] = value
