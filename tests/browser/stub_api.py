"""A stand-in for the API that speaks its contract over HTTP: cookies, CSRF, lists with cursors, errors, events in finite answers."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.browser.clinic import Clinic, Document, iso
from tests.browser.sign_ins import SignIn

BASE = "/_aws/execute-api/stub/api"
_EVENTS_WAIT_S = 2
_COOKIE = "__Host-gonio"
_REFRESH_COOKIE = "__Host-gonio-refresh"
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    body: Document | str | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Request:
    """What came, and from whom."""

    method: str
    path: str
    query: dict[str, str]
    body: Document
    known: SignIn | None
    refresh_token: str
    headers: dict[str, str]

    @property
    def sign_in(self) -> SignIn:
        """Of whoever passed the gates."""
        assert self.known is not None
        return self.known


@contextmanager
def serving(clinic: Clinic) -> Iterator[str]:
    """Serve the clinic; gives the URL that stands for API Gateway's."""

    class Handler(_Handler):
        state = clinic

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{BASE}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    state: Clinic
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_DELETE = do_GET  # noqa: N815 (the base class's names)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Quiet: the front door logs."""

    def _serve(self) -> None:
        request = self._request()
        answer = respond(self.state, request)
        self.state.requests.append((request.method, request.path))
        if held := self.state.held.get(request.path):  # an answer that is old when it arrives
            held.wait(10)
        text = answer.body if isinstance(answer.body, str) else "" if answer.body is None else json.dumps(answer.body)
        self.send_response(answer.status)
        for name, value in [("Content-Type", "application/json"), *answer.headers][-1 if isinstance(answer.body, str) else 0 :]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        with contextlib.suppress(ConnectionError):  # whoever waited for events may have left
            self.end_headers()
            self.wfile.write(text.encode())

    def _request(self) -> Request:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        cookies = SimpleCookie(self.headers.get("Cookie", ""))
        given = {name: morsel.value for name, morsel in cookies.items()}
        body = json.loads(self.rfile.read(length)) if length else {}
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(url.query))
        sign_in = self.state.sign_ins.find(given.get(_COOKIE, ""))
        return Request(self.command, url.path.removeprefix(BASE), query, body, sign_in, given.get(_REFRESH_COOKIE, ""), headers)


def respond(clinic: Clinic, request: Request) -> Answer:
    """The answer, gates first, as the real API's."""
    if status := clinic.failing.get(request.path):
        return _error(status, "unavailable", "The read model does not answer.")
    if (request.method, request.path) == ("POST", "/session"):
        return _sign_in(clinic, request)
    if request.known is None or (request.known.has_ended and request.path not in ("/session", "/session/refresh")):
        return _error(401, "unauthenticated", "Sign in first.")
    if request.method != "GET" and request.headers.get("x-csrf-token") != request.known.csrf_token:
        return _error(403, "csrf", "The CSRF token is missing or wrong.")
    return _routed(clinic, request)


def _routed(clinic: Clinic, request: Request) -> Answer:
    parts = request.path.strip("/").split("/")
    if request.sign_in.user.role == "operator" and parts[0] in ("sessions", "members"):
        return _error(403, "forbidden", "Operators see no clinical data.")
    match request.method, *parts:
        case "GET", "devices" | "members" | "sessions" as kind:
            return _listed(clinic, kind, request.query)
        case "GET", "devices", device_id, "series" if device_id in clinic.devices:
            return Answer(200, clinic.series(device_id, request.query))
        case "GET", "devices", device_id if device_id in clinic.devices:
            return Answer(200, clinic.detail(device_id))
        case "GET", "sessions", session_id if session_id in clinic.sessions:
            return Answer(200, clinic.sessions[session_id])
        case _:
            return _ROUTES.get((request.method, request.path), _unknown)(clinic, request)


def _sign_in(clinic: Clinic, request: Request) -> Answer:
    if clinic.refuse_sign_in_for_s is not None:
        headers = [("Retry-After", str(clinic.refuse_sign_in_for_s))]
        return Answer(429, _error(429, "too_many_attempts", "Too many attempts.").body, headers)
    sign_in = clinic.open_session(request.body.get("email", ""), request.body.get("password", ""))
    if sign_in is None:
        return _error(401, "invalid_credentials", "Email or password is wrong.")
    return _entered(clinic, sign_in)


def _session(clinic: Clinic, request: Request) -> Answer:
    return Answer(200, _who(clinic, request.sign_in))


def _refresh(clinic: Clinic, request: Request) -> Answer:
    if clinic.refuses_refresh or request.refresh_token != request.sign_in.refresh_token:
        return _error(401, "unauthenticated", "The session cannot be renewed; sign in again.")
    clinic.lives_for_s = 3600
    request.sign_in.rotate()
    return _entered(clinic, request.sign_in)


def _sign_out(clinic: Clinic, request: Request) -> Answer:
    clinic.sign_ins.remove(request.sign_in)
    cleared = [("Set-Cookie", f"{name}=; Max-Age=0; {_ATTRIBUTES}") for name in (_COOKIE, _REFRESH_COOKIE)]
    return Answer(204, None, cleared)


def _entered(clinic: Clinic, sign_in: SignIn) -> Answer:
    given = {_COOKIE: sign_in.id_token, _REFRESH_COOKIE: sign_in.refresh_token}
    return Answer(200, _who(clinic, sign_in), [("Set-Cookie", f"{name}={value}; {_ATTRIBUTES}") for name, value in given.items()])


def _who(clinic: Clinic, sign_in: SignIn) -> Document:
    user = sign_in.user
    expires_at = iso(int(1000 * (time.time() + (-1 if sign_in.has_ended else clinic.lives_for_s))))
    content = {"email": user.email, "role": user.role, "tenant": user.tenant}
    return {"user": content, "csrf_token": sign_in.csrf_token, "expires_at": expires_at}


def _listed(clinic: Clinic, kind: str, query: dict[str, str]) -> Answer:
    documents: dict[str, Document] = getattr(clinic, kind)
    chosen = [document for document in list(documents.values()) if _matches(document, query)]
    if kind == "sessions":
        chosen.sort(key=lambda session: str(session["session_id"]), reverse=True)
    start, limit = int(query.get("cursor", 0)), int(query.get("limit", 50))
    following = start + limit
    return Answer(200, {"items": chosen[start:following], "next_cursor": str(following) if following < len(chosen) else None})


def _matches(document: Document, query: dict[str, str]) -> bool:
    wanted = {name: query[name] for name in ("member_id", "exercise") if name in query}
    online = {"true": True, "false": False}.get(query.get("online", ""))
    return (
        query.get("q", "").lower() in json.dumps(document).lower()
        and all(document.get(name) == value for name, value in wanted.items())
        and ("device_id" not in query or query["device_id"] in document.get("device_ids", []))
        and (online is None or document.get("presence", {}).get("online") == online)
    )


def _events(clinic: Clinic, request: Request) -> Answer:
    """What came since the last event's id, or what comes within a moment: a finite answer, as through API Gateway."""
    with clinic.changed:
        seen = request.headers.get("last-event-id", "")
        start = int(seen) if seen else len(clinic.events)
        clinic.heard = max(clinic.heard, start)  # who names a position has all before it
        if seen:  # who has no position yet gets one at once
            clinic.changed.wait_for(lambda: len(clinic.events) > start or not _goes_on(clinic, request), _EVENTS_WAIT_S)
            if not _goes_on(clinic, request):  # whatever else came by now, it is for who comes back with a renewed session
                return _error(401, "unauthenticated", "Sign in first.")
        end = len(clinic.events)
    frames = [
        f"id: {place + 1}\nevent: {name}\ndata: {json.dumps(data)}\n\n"
        for place, (name, data) in enumerate(clinic.events[start:end], start)
    ]
    return Answer(200, f"retry: 50\nid: {end}\n\n" + "".join(frames), [("Content-Type", "text/event-stream")])


def _goes_on(clinic: Clinic, request: Request) -> bool:
    return clinic.sign_ins.find(request.sign_in.id_token) is request.sign_in and not request.sign_in.has_ended


def _unknown(_clinic: Clinic, _request: Request) -> Answer:
    return _error(404, "not_found", "There is no such thing.")


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message, "correlation_id": "stub-correlation-1"}})


_ROUTES: dict[tuple[str, str], Callable[[Clinic, Request], Answer]] = {
    ("GET", "/session"): _session,
    ("POST", "/session/refresh"): _refresh,
    ("DELETE", "/session"): _sign_out,
    ("GET", "/events"): _events,
}
