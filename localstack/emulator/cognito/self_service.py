"""What users do for themselves with an access token.

Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html and its siblings.
"""

from emulator.cognito import administration, attributes, grants, passwords, pools, tokens, users
from emulator.cognito.call import Answer, Call, Operation, Request
from emulator.cognito.errors import NotAuthorizedError


def get(call: Call, request: Request) -> Answer:
    """GetUser: what the token's client may read."""
    bearer = tokens.bearer(call, request["AccessToken"])
    readable = bearer.client["settings"].get("ReadAttributes")
    shown = {name: value for name, value in bearer.user["attributes"].items() if readable is None or name in (*readable, "sub")}
    return {"Username": bearer.user["username"], "UserAttributes": attributes.listed(shown)}


def update(call: Call, request: Request) -> Answer:
    """UpdateUserAttributes: what the token's client may write."""
    bearer = tokens.bearer(call, request["AccessToken"])
    writable = bearer.client["settings"].get("WriteAttributes")
    given = attributes.texts(request["UserAttributes"])
    if writable is not None and not set(given) <= set(writable):
        raise NotAuthorizedError("A client attempted to write unauthorized attribute")
    users.set_attributes(call, bearer.pool, bearer.user, given)
    return {"CodeDeliveryDetailsList": []}


def change_password(call: Call, request: Request) -> Answer:
    """ChangePassword. As on AWS, sign-ins that stand go on standing."""
    bearer = tokens.bearer(call, request["AccessToken"])
    if not passwords.matches(request.get("PreviousPassword", ""), bearer.user["password"]):
        raise NotAuthorizedError("Incorrect username or password.")
    passwords.check(pools.password_policy(bearer.pool), request["ProposedPassword"])
    users.save(call, bearer.pool, bearer.user | {"password": passwords.hashed(request["ProposedPassword"])})
    return {}


def sign_out(call: Call, request: Request) -> Answer:
    """GlobalSignOut."""
    bearer = tokens.bearer(call, request["AccessToken"])
    grants.end_all(call, bearer.pool, bearer.user)
    return {}


def delete(call: Call, request: Request) -> Answer:
    """DeleteUser."""
    bearer = tokens.bearer(call, request["AccessToken"])
    administration.remove(call, bearer.pool, bearer.user)
    return {}


OPERATIONS: dict[str, Operation] = {
    "GetUser": get,
    "UpdateUserAttributes": update,
    "ChangePassword": change_password,
    "GlobalSignOut": sign_out,
    "DeleteUser": delete,
}
