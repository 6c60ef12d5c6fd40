"""A service's request: who asks, what for, and until when the answer is of use.

The caller's identity comes in headers that the caller's side has checked: `x-tenant-id`, `x-role`, `x-user`. `x-correlation-id`
names the request in logs and errors; `x-deadline-ms` is when the caller stops waiting, in epoch milliseconds.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from chalicelib.domain.errors import ForbiddenError, InvalidRequestError, UnavailableError
from chalicelib.domain.identifiers import is_tenant_id
from chalicelib.ports import Clock

LONGEST_MS = 5_000
"""How long a request may take whose caller names no deadline, or a later one."""
_EPOCH_MS = re.compile(r"[0-9]{1,15}", re.ASCII)


class Request(Struct, frozen=True):
    """A request; `body` is a JSON value, or JSON as text."""

    method: str
    path: str
    query: dict[str, str] | None = None
    headers: dict[str, str] | None = None
    body: Any = None

    def header(self, name: str) -> str | None:
        """A header's value, in whatever case its name came; None where it is missing or empty."""
        return next((value for key, value in (self.headers or {}).items() if key.lower() == name), None) or None

    @property
    def correlation_id(self) -> str | None:
        """The caller's id for this request."""
        return self.header("x-correlation-id")


class Role(StrEnum):
    """What a person may see."""

    THERAPIST = "therapist"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `role` is None where the request names none that is known."""

    tenant_id: str | None
    role: Role | None

    def clinical_tenant(self) -> str:
        """The tenant whose members, sessions and values the caller may see. Raises `ForbiddenError`."""
        if self.role is not Role.THERAPIST or self.tenant_id is None:
            raise ForbiddenError("Clinical data are for therapists, of their own tenant")
        return self.tenant_id

    def device_tenant(self) -> str | None:
        """The tenant whose devices the caller may see; None is all of them, for an operator. Raises `ForbiddenError`."""
        if self.role is Role.OPERATOR:
            return self.tenant_id
        return self.clinical_tenant()


class Deadline:
    """When the answer must be there."""

    def __init__(self, clock: Clock, at_ms: int) -> None:
        self._clock = clock
        self._at_ms = at_ms

    def left_s(self) -> float:
        """Seconds until then. Raises `UnavailableError` when none is left."""
        left_ms = self._at_ms - self._clock.now_ms()
        if left_ms <= 0:
            raise UnavailableError("The time for this answer has run out")
        return left_ms / 1000


def read_request(event: object) -> Request:
    """The request in a function's event. Raises `InvalidRequestError`."""
    try:
        return msgspec.convert(event, Request)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(f"The request is not REST-shaped: {error}") from error


def caller_of(request: Request) -> Caller:
    """Who asks. Raises `ForbiddenError` when the tenant's name is none."""
    tenant_id, role = request.header("x-tenant-id"), request.header("x-role")
    if tenant_id is not None and not is_tenant_id(tenant_id):
        raise ForbiddenError("The caller's tenant is not the name of one")
    return Caller(tenant_id, Role(role) if role in set(Role) else None)


def deadline_of(request: Request, clock: Clock) -> Deadline:
    """Until when the answer is of use. Raises `InvalidRequestError` when `x-deadline-ms` is no instant."""
    latest_ms = clock.now_ms() + LONGEST_MS
    text = request.header("x-deadline-ms")
    if text is None:
        return Deadline(clock, latest_ms)
    if not _EPOCH_MS.fullmatch(text):
        raise InvalidRequestError("`x-deadline-ms` is an instant in epoch milliseconds")
    return Deadline(clock, min(int(text), latest_ms))
