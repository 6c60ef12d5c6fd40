"""Asking a service on a caller's behalf: who they are goes along, and what comes back is read into the types of `messages`."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import Answer, Request, refusal
from chalicelib.bff.route import Call
from chalicelib.domain.errors import NotFoundError, UnavailableError
from chalicelib.domain.identifiers import IDENTIFIER
from chalicelib.domain.service_calls import ServiceAnswer, ServiceRequest
from chalicelib.security.principal import Principal

DEADLINE_S = 5.0
"""For a route that needs one service. API Gateway gives up after 29 s, people much earlier."""
NOT_BUILT = 501
_IDENTIFIER = re.compile(IDENTIFIER)


class _Detail(Struct, frozen=True):
    code: str
    message: str


class _Refusal(Struct, frozen=True):
    error: _Detail


def passed_on(bff: Bff, call: Call, service: str, gives: Any) -> Answer:
    """The answer of a service that has the same route. Raises `UnavailableError`, `NotFoundError`."""
    request = call.request
    wanted = ServiceRequest(request.route.method, _path(request), _query(call), identity(request, call.principal), call.body)
    return shown(bff.services.begin(service, wanted, DEADLINE_S)(), gives, request.correlation_id)


def identity(request: Request, caller: Principal) -> dict[str, str]:
    """The headers by which a service knows who asks; an operator has no tenant."""
    headers = {"x-correlation-id": request.correlation_id, "x-role": caller.role.value, "x-user": caller.user_id}
    return headers if caller.tenant_id is None else {**headers, "x-tenant-id": caller.tenant_id}


def shown(answer: ServiceAnswer, gives: Any, correlation_id: str) -> Answer:
    """A service's answer as ours: a refusal with its own words, a failure as `UnavailableError`."""
    if answer.status < 300:
        return Answer(answer.status, _read(answer.body, gives))
    if answer.status >= 500 and answer.status != NOT_BUILT:
        raise UnavailableError(f"A service answered with status {answer.status}")
    error = _read(answer.body, _Refusal).error
    return refusal(answer.status, error.code, error.message, correlation_id)


def _read(body: Any, wanted: Any) -> Any:
    """A service's body, a JSON value or the text of one, in its type."""
    return msgspec.json.decode(body, type=wanted) if isinstance(body, str) else msgspec.convert(body, wanted)


def _path(request: Request) -> str:
    """The path with its values, which are names: nothing else can lead to an object."""
    for value in request.path_values.values():
        if not _IDENTIFIER.fullmatch(value):
            raise NotFoundError("There is nothing of that name.")
    return request.route.path.format_map(request.path_values)


def _query(call: Call) -> dict[str, str]:
    """The parameters that the route knows, as they came."""
    if call.query is None:
        return {}
    known = {it.encode_name for it in msgspec.structs.fields(call.query)}
    return {name: value for name, value in call.request.query.items() if name in known}
