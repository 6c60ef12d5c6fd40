"""A route: what answers it, what it takes and what it gives. The gate, Chalice and the OpenAPI document all read this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import JSON, Answer, Request
from chalicelib.security.authorisation import RouteKey
from chalicelib.security.principal import Principal


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the gate; `query` and `body` are the route's types."""

    request: Request
    caller: Principal | None
    query: Any = None
    body: Any = None

    @property
    def principal(self) -> Principal:
        """Who calls a route that needs a session: the gate let nobody else through."""
        if self.caller is None:
            raise RuntimeError(f"{self.request.route} needs a session, but the gate asked for none")
        return self.caller


Handler = Callable[[Bff, Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path."""

    key: RouteKey
    summary: str
    handle: Handler
    gives: Any = None
    """The type of the answer's body; None where there is no body."""
    query: Any = None
    """A struct whose fields are the query's parameters."""
    takes: Any = None
    """The type of the request's body."""
    status: int = 200
    more: Mapping[int, Any] = field(default_factory=dict)
    """Statuses beside those that every such route may give, and the type of their bodies."""
    media_type: str = JSON
    reads: tuple[str, ...] = ()
    """Request headers of its own, all optional."""
    events: Mapping[str, Any] = field(default_factory=dict)
    """For a stream of events: the type of each one's data."""
    token_may_have_ended: bool = False
    """For routes that renew or end a session, or tell how to: they outlive the ID token."""
