"""The gate in front of every handler: session, role, CSRF and input, in this order; and the last resort behind it.

It returns answers and never raises: what is raised around a Chalice view turns into a 500 that is not in our shape.
"""

from typing import Any

import msgspec

from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import JSON, Answer, Request, refusal
from chalicelib.bff.route import Call, Route
from chalicelib.domain.errors import InvalidRequestError, NotFoundError, RetryableError
from chalicelib.security import cookies, csrf
from chalicelib.security.authorisation import PUBLIC, Decision, decide
from chalicelib.security.origin import Origin, origin_of
from chalicelib.security.principal import Principal

SAFE_METHODS = frozenset({"GET", "HEAD"})
MAX_BODY_BYTES = 64 * 1024


def answer(bff: Bff, route: Route, request: Request) -> Answer:
    """Answers a request, whatever happens, and logs that it did."""
    caller = None
    try:
        caller = _caller(bff, route, request)
        given = _refused(bff, caller, route, request) or route.handle(bff, _call(caller, route, request))
    except InvalidRequestError as error:
        given = refusal(400, "invalid_request", str(error), request.correlation_id)
    except NotFoundError as error:
        given = refusal(404, "not_found", str(error), request.correlation_id)
    except RetryableError:
        bff.log.exception("A request met what does not answer", extra=_fields(request, caller))
        given = refusal(503, "unavailable", "Something that this needs does not answer; try again.", request.correlation_id)
    except Exception:
        bff.log.exception("A request failed", extra=_fields(request, caller))
        given = refusal(500, "internal", "The request failed.", request.correlation_id)
    bff.log.info("Answered", extra={**_fields(request, caller), "status": given.status})
    return given


def _caller(bff: Bff, route: Route, request: Request) -> Principal | None:
    """Who asks, as far as the cookie proves it and the session was not ended. A public route answers even when that cannot be told."""
    token = request.cookies.get(cookies.SESSION)
    if token is None or route.key in PUBLIC:
        return None
    principal = bff.verifier.verify(token, may_have_ended=route.token_may_have_ended)
    return principal if principal is not None and bff.sessions.is_live(principal) else None


def _refused(bff: Bff, caller: Principal | None, route: Route, request: Request) -> Answer | None:
    decision = decide(caller, route.key)
    if decision is Decision.UNAUTHENTICATED:
        return refusal(401, "unauthenticated", "Sign in first.", request.correlation_id)
    if decision is Decision.FORBIDDEN:
        return refusal(403, "forbidden", "Your role does not allow this.", request.correlation_id)
    if route.key.method not in SAFE_METHODS and not _is_ours(bff, caller, request):
        return refusal(403, "cross_site", "A change needs X-CSRF-Token and must come from our own pages.", request.correlation_id)
    return None


def _is_ours(bff: Bff, caller: Principal | None, request: Request) -> bool:
    """Whether a change was asked for by our own pages.

    Without a caller there is no session for a CSRF token to belong to: then it is enough not to be foreign, since browsers
    always name the origin of a change.
    """
    origin = origin_of(request.headers.get("origin"), request.headers.get("sec-fetch-site"), ours=bff.web_origin)
    if caller is None:
        return origin is not Origin.FOREIGN
    return origin is Origin.SAME and csrf.is_csrf_token(bff.csrf_key, caller.session_key, request.headers.get("x-csrf-token"))


def _call(caller: Principal | None, route: Route, request: Request) -> Call:
    query = None if route.query is None else _converted(dict(request.query), route.query)
    body = None if route.takes is None else _decoded(request, route.takes)
    return Call(request, caller, query, body)


def _converted(query: dict[str, str], wanted: Any) -> Any:
    try:
        return msgspec.convert(query, wanted, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(f"The query is not valid: {error}") from error


def _decoded(request: Request, wanted: Any) -> Any:
    if request.headers.get("content-type", JSON).partition(";")[0].strip().lower() != JSON:
        raise InvalidRequestError(f"The body must be {JSON}")
    if len(request.body) > MAX_BODY_BYTES:
        raise InvalidRequestError(f"The body must not be longer than {MAX_BODY_BYTES} bytes")
    try:
        return msgspec.json.decode(request.body, type=wanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"The body is not valid: {error}") from error


def _fields(request: Request, caller: Principal | None) -> dict[str, Any]:
    return {
        "method": request.route.method,
        "route": request.route.path,
        "correlation_id": request.correlation_id,
        "user_id": None if caller is None else caller.user_id,
    }
