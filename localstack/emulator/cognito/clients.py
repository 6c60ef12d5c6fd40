"""App clients: which flows they may use, how long their tokens live, and proof that it is they who ask.

Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolClientType.html.
"""

import base64
import hashlib
import hmac

from emulator.cognito.call import Answer, Call, Document, Operation, Request, after, moment, page, random_name, without_nothing
from emulator.cognito.errors import InvalidParameterError, NotAuthorizedError, NotFoundError
from emulator.cognito.pools import pool

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_DEFAULT_UNITS = {"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"}
_DEFAULT_VALIDITY = {"AccessToken": 3600, "IdToken": 3600, "RefreshToken": 30 * 86_400}
_ALLOWED_VALIDITY = {"AccessToken": (300, 86_400), "IdToken": (300, 86_400), "RefreshToken": (3600, 315_360_000)}
_DEFAULTS: Document = {
    "RefreshTokenValidity": 30,
    "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
    "PreventUserExistenceErrors": "LEGACY",
    "EnableTokenRevocation": True,
    "AuthSessionValidity": 3,
    "AllowedOAuthFlowsUserPoolClient": False,
}


def client(call: Call, client_id: str) -> Document:
    """A client by its id alone. Raises NotFoundError."""
    found = call.store.find("client", client_id)
    if found is None:
        raise NotFoundError(f"User pool client {client_id} does not exist.")
    return found


def client_of(call: Call, pool_id: str, client_id: str) -> Document:
    """A client of a pool. Raises NotFoundError when the pool has none of that id."""
    pool(call, pool_id)
    found = client(call, client_id)
    if found["pool"] != pool_id:
        raise NotFoundError(f"User pool client {client_id} does not exist.")
    return found


def validity_s(found: Document, token: str) -> int:
    """How many seconds the client's tokens of this kind (AccessToken, IdToken, RefreshToken) live."""
    settings = found["settings"]
    value = settings.get(f"{token}Validity")
    if not value:
        return _DEFAULT_VALIDITY[token]
    return int(value) * _SECONDS[settings.get("TokenValidityUnits", {}).get(token, _DEFAULT_UNITS[token])]


def rotates(found: Document) -> bool:
    """Whether each refresh gives a new refresh token."""
    return bool(found["settings"].get("RefreshTokenRotation", {}).get("Feature") == "ENABLED")


def grace_s(found: Document) -> int:
    """For how many seconds a refresh token that was rotated out still serves."""
    return int(found["settings"].get("RefreshTokenRotation", {}).get("RetryGracePeriodSeconds", 0))


def check_secret_hash(found: Document, names: tuple[str, ...], given: str | None) -> None:
    """Raise NotAuthorizedError unless a client with a secret proves it: base64 of HMAC-SHA256(secret, user name + client id)."""
    secret, client_id = found.get("secret"), found["id"]
    if secret is None:
        return
    if not given:
        raise NotAuthorizedError(f"Client {client_id} is configured with secret but SECRET_HASH was not received")
    digests = (hmac.digest(secret.encode(), f"{name}{client_id}".encode(), hashlib.sha256) for name in names)
    if not any(hmac.compare_digest(base64.b64encode(digest), given.encode()) for digest in digests):
        raise NotAuthorizedError(f"SecretHash does not match for the client: {client_id}")


def has_secret(found: Document, given: str | None) -> bool:
    """Whether a client named its secret, which it need not if it has none."""
    secret = found.get("secret")
    return secret is None or hmac.compare_digest(secret.encode(), (given or "").encode())


def create(call: Call, request: Request) -> Answer:
    """CreateUserPoolClient."""
    pool_id = pool(call, request["UserPoolId"])["id"]
    client_id = random_name(26)
    secret = request.get("ClientSecret") or (random_name(51) if request.get("GenerateSecret") else None)
    made = {"id": client_id, "pool": pool_id, "name": request["ClientName"], "secret": secret, "created_at": call.now}
    return {"UserPoolClient": _save(call, made, request)}


def describe(call: Call, request: Request) -> Answer:
    """DescribeUserPoolClient."""
    return {"UserPoolClient": _description(client_of(call, request["UserPoolId"], request["ClientId"]))}


def update(call: Call, request: Request) -> Answer:
    """UpdateUserPoolClient: as on AWS, what it does not name goes back to its default."""
    found = client_of(call, request["UserPoolId"], request["ClientId"])
    found["name"] = request.get("ClientName", found["name"])
    return {"UserPoolClient": _save(call, found, request)}


def delete(call: Call, request: Request) -> Answer:
    """DeleteUserPoolClient; its tokens can no longer be refreshed."""
    call.store.remove("client", client_of(call, request["UserPoolId"], request["ClientId"])["id"])
    return {}


def list_all(call: Call, request: Request) -> Answer:
    """ListUserPoolClients."""
    pool_id = pool(call, request["UserPoolId"])["id"]
    rows = call.store.documents("client", after(request.get("NextToken")))
    found, token = page(((name, one) for name, one in rows if one["pool"] == pool_id), request.get("MaxResults"))
    summaries = [{"ClientId": one["id"], "UserPoolId": pool_id, "ClientName": one["name"]} for one in found]
    return without_nothing({"UserPoolClients": summaries, "NextToken": token})


def _save(call: Call, found: Document, request: Request) -> Answer:
    identity = {"UserPoolId", "ClientId", "ClientName", "GenerateSecret", "ClientSecret"}
    settings = {name: value for name, value in request.items() if name not in identity}
    defaults = _DEFAULTS
    if settings.get("RefreshTokenRotation", {}).get("Feature") == "ENABLED":
        flows = [flow for flow in _DEFAULTS["ExplicitAuthFlows"] if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
        defaults = _DEFAULTS | {"ExplicitAuthFlows": flows}
    found |= {"settings": defaults | settings, "modified_at": call.now}
    _check(found)
    call.store.put("client", found["id"], found)
    return _description(found)


def _check(found: Document) -> None:
    """Validity ranges, and rotation, which AWS's guide calls incompatible with REFRESH_TOKEN_AUTH."""
    for token, (shortest, longest) in _ALLOWED_VALIDITY.items():
        if not shortest <= validity_s(found, token) <= longest:
            raise InvalidParameterError("Invalid range for token validity.")
    if max(validity_s(found, "AccessToken"), validity_s(found, "IdToken")) > validity_s(found, "RefreshToken"):
        raise InvalidParameterError("Access and ID tokens must not be valid for longer than refresh tokens.")
    if rotates(found) and "ALLOW_REFRESH_TOKEN_AUTH" in found["settings"]["ExplicitAuthFlows"]:
        raise InvalidParameterError("Refresh token rotation cannot be enabled together with ALLOW_REFRESH_TOKEN_AUTH.")


def _description(found: Document) -> Answer:
    identity = {"UserPoolId": found["pool"], "ClientId": found["id"], "ClientName": found["name"], "ClientSecret": found["secret"]}
    dates = {"CreationDate": moment(found["created_at"]), "LastModifiedDate": moment(found["modified_at"])}
    return without_nothing({**identity, **dates, **found["settings"]})


OPERATIONS: dict[str, Operation] = {
    "CreateUserPoolClient": create,
    "DescribeUserPoolClient": describe,
    "UpdateUserPoolClient": update,
    "DeleteUserPoolClient": delete,
    "ListUserPoolClients": list_all,
}
