"""What the front end asks of a service and what comes back: REST-shaped, whatever carries it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A request to a service; header names in lower case, `body` a JSON value or None."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """A service's answer; `body` is a JSON value, or the text of one: no service answers with a mere string."""

    status: int
    body: Any
