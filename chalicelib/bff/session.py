"""Signing in, who am I, renewing, signing out.

The ID token lives in one cookie and the refresh token in another, both out of scripts' reach. The session's key outlives them:
`origin_jti` is the same in all tokens of one sign-in, so ending it ends them all.
"""

from datetime import UTC, datetime

from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import Answer, refusal
from chalicelib.bff.messages import Error, SessionState, SignIn, User
from chalicelib.bff.route import Call, Route
from chalicelib.domain.errors import UnavailableError
from chalicelib.security import cookies
from chalicelib.security.authorisation import RouteKey
from chalicelib.security.csrf import csrf_token
from chalicelib.security.ports import Tokens
from chalicelib.security.principal import Principal


def sign_in(bff: Bff, call: Call) -> Answer:
    """Exchanges email and password for cookies; one answer for all wrong pairs, whoever exists."""
    wanted: SignIn = call.body
    if not bff.sign_ins.admits(wanted.email, call.request.address):
        return refusal(429, "too_many_attempts", "Too many attempts; wait a quarter of an hour.", call.request.correlation_id)
    tokens = bff.identity.sign_in(wanted.email, wanted.password)
    principal = None if tokens is None else bff.verifier.verify(tokens.id_token)
    if tokens is not None and principal is None:
        bff.log.warning("A sign-in has no role, or no tenant", extra={"correlation_id": call.request.correlation_id})
    if tokens is None or principal is None:
        return refusal(401, "wrong_credentials", "Email and password do not belong together.", call.request.correlation_id)
    bff.sign_ins.succeeded(wanted.email, call.request.address)
    return _entered(bff, principal, tokens)


def who_am_i(bff: Bff, call: Call) -> Answer:
    """Who is signed in, with the CSRF token of the session.

    An ended ID token beside a refresh token still names its session: a page that was reloaded needs the CSRF token to renew it.
    """
    if cookies.REFRESH not in call.request.cookies and bff.verifier.has_ended(call.principal):
        return refusal(401, "unauthenticated", "The session has ended; sign in again.", call.request.correlation_id)
    return Answer(200, _state(bff, call.principal))


def renew(bff: Bff, call: Call) -> Answer:
    """New tokens for a session that goes on; both cookies must come from the same sign-in."""
    refresh_token = call.request.cookies.get(cookies.REFRESH)
    tokens = None if refresh_token is None else bff.identity.refresh(refresh_token)
    renewed = None if tokens is None else bff.verifier.verify(tokens.id_token)
    if tokens is None or renewed is None or _session_of(renewed) != _session_of(call.principal):
        return refusal(401, "unauthenticated", "The session cannot be renewed; sign in again.", call.request.correlation_id)
    return _entered(bff, renewed, tokens)


def sign_out(bff: Bff, call: Call) -> Answer:
    """Ends the session: here and in every instance by its key, at the identity provider by its refresh token."""
    bff.sessions.end(call.principal)
    refresh_token = call.request.cookies.get(cookies.REFRESH)
    if refresh_token is not None:
        _revoke(bff, call, refresh_token)
    return Answer(204, None, cookies=(cookies.clear_cookie(cookies.SESSION), cookies.clear_cookie(cookies.REFRESH)))


def _revoke(bff: Bff, call: Call, refresh_token: str) -> None:
    try:
        bff.identity.revoke(refresh_token)
    except UnavailableError:
        # The session is ended all the same: nothing here takes its tokens any more.
        bff.log.exception("A refresh token could not be revoked", extra={"correlation_id": call.request.correlation_id})


def _entered(bff: Bff, principal: Principal, tokens: Tokens) -> Answer:
    given = (cookies.set_cookie(cookies.SESSION, tokens.id_token), cookies.set_cookie(cookies.REFRESH, tokens.refresh_token))
    return Answer(200, _state(bff, principal), cookies=given)


def _state(bff: Bff, principal: Principal) -> SessionState:
    user = User(principal.user_id, principal.email, principal.role.value, principal.tenant_id)
    expires_at = datetime.fromtimestamp(principal.expires_at_s, UTC).isoformat().replace("+00:00", "Z")
    return SessionState(user, csrf_token(bff.csrf_key, principal.session_key), expires_at)


def _session_of(principal: Principal) -> tuple[str, str]:
    return principal.user_id, principal.session_key


ROUTES = (
    Route(RouteKey("POST", "/session"), "Sign in", sign_in, gives=SessionState, takes=SignIn, more={401: Error, 403: Error, 429: Error}),
    Route(RouteKey("GET", "/session"), "Who is signed in", who_am_i, gives=SessionState, token_may_have_ended=True),
    Route(RouteKey("POST", "/session/refresh"), "Renew the session", renew, gives=SessionState, token_may_have_ended=True),
    Route(RouteKey("DELETE", "/session"), "Sign out", sign_out, status=204, token_may_have_ended=True),
)
