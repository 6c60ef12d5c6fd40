"""Signing in by password, the challenge of a temporary one, and carrying a sign-in on.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html.
"""

import hashlib
import json
import secrets

from emulator.cognito import clients, grants, passwords, pools, tokens, users
from emulator.cognito.attributes import schema
from emulator.cognito.call import Answer, Call, Document, Operation, Request
from emulator.cognito.errors import (
    CognitoError,
    InvalidParameterError,
    NotAuthorizedError,
    NotEmulatedError,
    RevocationDisabledError,
    UnauthorizedError,
    UnsupportedTokenError,
    UserNotFoundError,
)
from emulator.cognito.tokens import Bearer

_WRONG = "Incorrect username or password."
_CHALLENGE = "NEW_PASSWORD_REQUIRED"
_REFRESHING = ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
_NEEDED = {
    "USER_PASSWORD_AUTH": "ALLOW_USER_PASSWORD_AUTH",
    "ADMIN_USER_PASSWORD_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ADMIN_NO_SRP_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "REFRESH_TOKEN_AUTH": "ALLOW_REFRESH_TOKEN_AUTH",
    "REFRESH_TOKEN": "ALLOW_REFRESH_TOKEN_AUTH",
}
_OLD_NAMES = {"ALLOW_USER_PASSWORD_AUTH": "USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH": "ADMIN_NO_SRP_AUTH"}


def initiate(call: Call, request: Request) -> Answer:
    """InitiateAuth."""
    if request["AuthFlow"].startswith("ADMIN_"):
        raise InvalidParameterError("Initiate Auth method not supported.")
    return _initiate(call, clients.client(call, request["ClientId"]), request)


def admin_initiate(call: Call, request: Request) -> Answer:
    """AdminInitiateAuth."""
    return _initiate(call, clients.client_of(call, request["UserPoolId"], request["ClientId"]), request)


def respond(call: Call, request: Request) -> Answer:
    """RespondToAuthChallenge."""
    return _respond(call, clients.client(call, request["ClientId"]), request)


def admin_respond(call: Call, request: Request) -> Answer:
    """AdminRespondToAuthChallenge."""
    return _respond(call, clients.client_of(call, request["UserPoolId"], request["ClientId"]), request)


def refreshed(call: Call, request: Request) -> Answer:
    """GetTokensFromRefreshToken."""
    client = clients.client(call, request["ClientId"])
    if not clients.has_secret(client, request.get("ClientSecret")):
        raise NotAuthorizedError(f"Invalid client secret for client {client['id']}")
    return {"AuthenticationResult": _carried_on(call, client, request["RefreshToken"])}


def revoke(call: Call, request: Request) -> Answer:
    """RevokeToken. A token that nobody knows is as good as revoked (RFC 7009, section 2.2)."""
    client = call.store.find("client", request["ClientId"])
    if client is None or not clients.has_secret(client, request.get("ClientSecret")):
        raise UnauthorizedError("Invalid client id or client secret")
    if not client["settings"].get("EnableTokenRevocation", True):
        raise RevocationDisabledError("Revocation is not enabled for this client.")
    owner = grants.owner_of(call, request["Token"])
    if owner is None:
        if tokens.is_signed_here(call, request["Token"]):
            raise UnsupportedTokenError("Unsupported token type")
        return {}
    if owner[0] != client["id"]:
        raise UnauthorizedError("The token was issued to another client")
    grants.end(call, owner[1])
    return {}


def _initiate(call: Call, client: Document, request: Request) -> Answer:
    flow, given = request["AuthFlow"], request.get("AuthParameters", {})
    _check_flow(client, flow)
    if flow in _REFRESHING:
        return _refresh_by_flow(call, client, given)
    pool = pools.pool(call, client["pool"])
    user = _proved(call, (pool, client), _required(given, "USERNAME"), given)
    if user["status"] == users.FORCE_CHANGE_PASSWORD:
        return _challenge(call, client, pool, user)
    if pool["settings"].get("MfaConfiguration") == "ON":
        raise NotEmulatedError("The second factor, which this pool demands, is not emulated")
    return _signed_in(call, Bearer(pool, client, user))


def _check_flow(client: Document, flow: str) -> None:
    needed = _NEEDED.get(flow)
    if needed is None:
        raise NotEmulatedError(f"{flow} is not emulated")
    allowed = client["settings"]["ExplicitAuthFlows"]
    if needed not in allowed and _OLD_NAMES.get(needed) not in allowed:
        raise InvalidParameterError(f"{flow} flow not enabled for this client")


def _proved(call: Call, place: tuple[Document, Document], name: str, given: dict[str, str]) -> Document:
    """The user whose password this is. Raises NotAuthorizedError, before a word is said of the user's state."""
    pool, client = place
    user = users.find(call, pool, name)
    clients.check_secret_hash(client, (name, user["username"]) if user else (name,), given.get("SECRET_HASH"))
    right = passwords.matches(_required(given, "PASSWORD"), user["password"] if user else None)
    if user is None:
        raise _unknown(client)
    if not right:
        raise NotAuthorizedError(_WRONG)
    if not user["enabled"]:
        raise NotAuthorizedError("User is disabled.")
    if user["status"] == users.FORCE_CHANGE_PASSWORD and call.now >= user["temporary_until"]:
        raise NotAuthorizedError("Temporary password has expired and must be reset by an administrator.")
    return user


def _unknown(client: Document) -> CognitoError:
    if client["settings"].get("PreventUserExistenceErrors") == "ENABLED":
        return NotAuthorizedError(_WRONG)
    return UserNotFoundError("User does not exist.")


def _signed_in(call: Call, bearer: Bearer) -> Answer:
    grant = grants.begin(call, bearer.pool, bearer.client, bearer.user)
    result = tokens.issue(call, bearer, grant) | {"RefreshToken": grants.token_for(call, grant)}
    return {"AuthenticationResult": result, "ChallengeParameters": {}}


def _refresh_by_flow(call: Call, client: Document, given: dict[str, str]) -> Answer:
    token = _required(given, "REFRESH_TOKEN")
    if client.get("secret"):
        grant = grants.shown(call, client, token).grant
        user = users.user(call, pools.pool(call, client["pool"]), grant["username"])
        names = (user["username"], *(user["attributes"][kind] for kind in ("email", "phone_number") if kind in user["attributes"]))
        clients.check_secret_hash(client, names, given.get("SECRET_HASH"))
    return {"AuthenticationResult": _carried_on(call, client, token), "ChallengeParameters": {}}


def _carried_on(call: Call, client: Document, token: str) -> Answer:
    refresh = grants.shown(call, client, token)
    pool = pools.pool(call, client["pool"])
    user = users.user(call, pool, refresh.grant["username"])
    if not user["enabled"]:
        raise NotAuthorizedError("User is disabled.")
    result = tokens.issue(call, Bearer(pool, client, user), refresh.grant)
    return result | ({"RefreshToken": grants.rotate(call, refresh)} if clients.rotates(client) else {})


def _challenge(call: Call, client: Document, pool: Document, user: Document) -> Answer:
    """The session is good for one new password, for as many minutes as the client says."""
    session = secrets.token_urlsafe(48)
    ends_at = call.now + 60 * int(client["settings"].get("AuthSessionValidity", 3))
    document = {"client": client["id"], "username": user["username"], "ends_at": ends_at}
    call.store.put("challenge", _digest(session), document)
    missing = [a["Name"] for a in schema(pool["settings"]) if a["Required"] and not user["attributes"].get(a["Name"])]
    shown = {name: value for name, value in user["attributes"].items() if name != "sub"}
    parameters = {
        "USER_ID_FOR_SRP": user["username"],
        "requiredAttributes": json.dumps([f"userAttributes.{name}" for name in missing]),
        "userAttributes": json.dumps(shown),
    }
    return {"ChallengeName": _CHALLENGE, "Session": session, "ChallengeParameters": parameters}


def _respond(call: Call, client: Document, request: Request) -> Answer:
    if request["ChallengeName"] != _CHALLENGE:
        raise NotEmulatedError(f"The challenge {request['ChallengeName']} is not emulated")
    given, session = request.get("ChallengeResponses", {}), _digest(request.get("Session", ""))
    pool, name = pools.pool(call, client["pool"]), _required(given, "USERNAME")
    challenge, user = call.store.find("challenge", session), users.find(call, pool, name)
    if challenge is None or user is None or (challenge["client"], challenge["username"]) != (client["id"], user["username"]):
        raise NotAuthorizedError("Invalid session for the user.")
    if call.now >= challenge["ends_at"]:
        raise NotAuthorizedError("Invalid session for the user, session is expired.")
    clients.check_secret_hash(client, (name, user["username"]), given.get("SECRET_HASH"))
    _set_new_password(call, pool, user, given)
    call.store.remove("challenge", session)
    return _signed_in(call, Bearer(pool, client, user))


def _set_new_password(call: Call, pool: Document, user: Document, given: dict[str, str]) -> None:
    password = _required(given, "NEW_PASSWORD")
    passwords.check(pools.password_policy(pool), password)
    prefix = "userAttributes."
    users.set_attributes(call, pool, user, {name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)})
    user |= {"password": passwords.hashed(password), "status": users.CONFIRMED, "temporary_until": None}
    users.save(call, pool, user)


def _required(given: dict[str, str], name: str) -> str:
    if not given.get(name):
        raise InvalidParameterError(f"Missing required parameter {name}")
    return given[name]


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


OPERATIONS: dict[str, Operation] = {
    "InitiateAuth": initiate,
    "AdminInitiateAuth": admin_initiate,
    "RespondToAuthChallenge": respond,
    "AdminRespondToAuthChallenge": admin_respond,
    "GetTokensFromRefreshToken": refreshed,
    "RevokeToken": revoke,
}
