"""Reads the change feed through the front door as a therapist's browser does: signs in, then goes on after the last event id."""

import json
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import urllib3

from launcher.errors import LauncherError
from launcher.instance import ROOT
from launcher.measuring.sightings import Reader

_RETRY_S = 0.25
"""What the feed tells a browser to wait before it comes back."""
_COOKIE = "__Host-gonio"


class ChangeReader(Reader):
    """Sessions in the events that one therapist is sent. `stack`: the stack file's content."""

    def __init__(self, stack: dict[str, Any], tenant: str) -> None:
        super().__init__("events", _RETRY_S)
        self._stack = stack
        self._user = next(user for user in stack["users"] if user["tenant"] == tenant and user["role"] == "therapist")
        self._http = urllib3.PoolManager(ca_certs=str(ROOT / stack["web_ca_file"]), timeout=30, retries=False)
        self._cookie = ""
        self._last_event_id = ""

    def begin(self) -> None:
        """Sign in, and take the feed's position of now. Raises LauncherError."""
        self._cookie = self._sign_in()
        self.look()

    def look(self) -> dict[str, int]:
        """The counts of the sessions that changed, each as its last event told it."""
        headers = {"Cookie": f"{_COOKIE}={self._cookie}", "Accept": "text/event-stream"}
        if self._last_event_id:
            headers["Last-Event-ID"] = self._last_event_id
        text = self._answer("GET", "/events", headers=headers).data.decode()
        counts: dict[str, int] = {}
        for event in events_of(text):
            self._last_event_id = event.get("id", self._last_event_id)
            if event.get("event") == "session.updated":
                session = json.loads(event["data"])
                counts[session["session_id"]] = session["value_count"]
        return counts

    def _sign_in(self) -> str:
        who = {"email": self._user["email"], "password": self._user["password"]}
        origin = self._stack["web_url"].rstrip("/")
        answer = self._answer("POST", "/session", json=who, headers={"Origin": origin})
        cookies: SimpleCookie = SimpleCookie()
        for line in answer.headers.getlist("Set-Cookie"):
            cookies.load(line)
        return cookies[_COOKIE].value

    def _answer(self, method: str, path: str, **request: Any) -> urllib3.BaseHTTPResponse:
        try:
            answer = self._http.request(method, f"{self._stack['api_url']}{path}", **request)
        except urllib3.exceptions.HTTPError as error:
            raise LauncherError(f"events: the front door does not answer {method} {path}: {error}") from error
        if answer.status != 200:
            raise LauncherError(f"events: {method} {path} was answered with {answer.status}: {answer.data[:300]!r}")
        return answer


def events_of(text: str) -> Iterator[dict[str, str]]:
    """The fields of each event of a stream. Source: HTML, "Server-sent events", 9.2.6; comments and `retry` alone make none."""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            if name in {"id", "event", "data"}:
                value = value.removeprefix(" ")
                fields[name] = f"{fields[name]}\n{value}" if name == "data" and "data" in fields else value
        if fields:
            yield fields
