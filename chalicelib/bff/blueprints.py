"""The routes as Chalice knows them: one blueprint a resource, every view behind the gate.

Chalice and API Gateway only carry: content types, bodies and cookies are read here, and answers of Chalice's own (405, 415,
its 500) leave in our shape, with our headers.
"""

import re
from collections.abc import Callable
from typing import Any

import chalice
import msgspec

from chalicelib.bff import gate
from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import JSON, SECURITY_HEADERS, Answer, Request, refusal
from chalicelib.bff.resources import RESOURCES
from chalicelib.bff.route import Route
from chalicelib.security.addresses import client_address
from chalicelib.security.cookies import read_cookies

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_OWN_CODES = {405: "method_not_allowed", 415: "unsupported_media_type"}


def register(app: Any, bff: Callable[[], Bff]) -> None:
    """Gives an application every route; `bff` is asked for with the first request, since importing must need no settings."""
    for name, routes in RESOURCES.items():
        blueprint = chalice.Blueprint(f"chalicelib.bff.{name}")
        for route in routes:
            _add(app, blueprint, route, bff)
        app.register_blueprint(blueprint)
    app.register_middleware(_finished, "http")


def _add(app: Any, blueprint: Any, route: Route, bff: Callable[[], Bff]) -> None:
    def view(**path_values: str) -> Any:
        parts = bff()
        request = _request(app.current_request, route, path_values, hops=parts.forwarded_hops)
        return _response(gate.answer(parts, route, request), request.correlation_id)

    view.__name__ = route.handle.__name__
    # Chalice itself lets nothing pass but JSON; the gate looks at the content type of bodies that are read.
    blueprint.route(route.key.path, methods=[route.key.method], content_types=[])(view)


def _request(carried: Any, route: Route, path_values: dict[str, str], *, hops: int) -> Request:
    headers = {name.lower(): value for name, value in carried.headers.items()}
    query = carried.query_params
    source = str(carried.context.get("identity", {}).get("sourceIp", ""))
    return Request(
        route=route.key,
        path_values=path_values,
        query={} if query is None else {name: query[name] for name in query},
        headers=headers,
        cookies=read_cookies([headers.get("cookie", "")]),
        body=carried.raw_body or b"",
        correlation_id=_correlation_id(carried, headers),
        address=client_address(source, headers.get("x-forwarded-for", ""), hops=hops),
    )


def _correlation_id(carried: Any, headers: dict[str, str]) -> str:
    """The caller's own where it is harmless, else the request's."""
    given = headers.get("x-correlation-id", "")
    if _CORRELATION_ID.fullmatch(given):
        return given
    return str(carried.context.get("requestId") or getattr(carried.lambda_context, "aws_request_id", "") or "unknown")


def _response(answer: Answer, correlation_id: str) -> Any:
    headers: dict[str, Any] = {**answer.headers, "X-Correlation-Id": correlation_id}
    if answer.cookies:
        headers["Set-Cookie"] = list(answer.cookies)
    if answer.body is not None:
        headers["Content-Type"] = answer.media_type
    return chalice.Response(_text(answer), headers, answer.status)


def _text(answer: Answer) -> str:
    if answer.body is None:
        return ""
    return msgspec.json.encode(answer.body).decode() if answer.media_type == JSON else str(answer.body)


def _finished(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Around every answer: our headers, and our shape for what Chalice answered by itself."""
    response = get_response(event)
    if isinstance(response.body, dict):
        code = _OWN_CODES.get(response.status_code, "internal")
        message = str(response.body.get("Message", "The request failed."))
        kept = {name: value for name, value in response.headers.items() if name == "Allow"}
        correlation_id = _correlation_id(event, {name.lower(): value for name, value in event.headers.items()})
        response = _response(refusal(response.status_code, code, message, correlation_id), correlation_id)
        response.headers |= kept
    response.headers |= SECURITY_HEADERS
    return response
