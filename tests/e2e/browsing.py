"""A person's browser without its page: one cookie jar, the origin header, the CSRF token. Nothing of ours but the contract."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.e2e.local_stack import ROOT, LocalStack


@dataclass(slots=True)
class Browser:
    """A session with the back end for the front end."""

    stack: LocalStack
    session: requests.Session
    csrf_token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET below the API's URL."""
        return self.session.get(f"{self.stack.content['api_url']}{path}", timeout=30, **options)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """A request that changes state, as the page would send it; headers given here replace the page's."""
        sent = {"Origin": self.stack.content["web_url"].rstrip("/"), "X-CSRF-Token": self.csrf_token, **headers}
        return self.session.request(method, f"{self.stack.content['api_url']}{path}", json=body, headers=sent, timeout=30)

    def sign_in(self, email: str) -> requests.Response:
        """Sign in as one of the stack's users."""
        user = next(u for u in self.stack.content["users"] if u["email"] == email)
        answer = self.send("POST", "/session", {"email": email, "password": user["password"]})
        if answer.ok:
            self.csrf_token = answer.json()["csrf_token"]
        return answer


@contextmanager
def browser(stack: LocalStack) -> Iterator[Browser]:
    """A fresh one: no cookies, and the stack's own authority."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(ROOT / stack.content["web_ca_file"])
        yield Browser(stack, session)
