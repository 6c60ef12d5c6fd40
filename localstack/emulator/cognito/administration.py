"""What administrators do with users.

Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html and its siblings.
"""

import re
from collections.abc import Iterator

from emulator.cognito import attributes, grants, groups, passwords, pools, users
from emulator.cognito.call import Answer, Call, Document, Operation, Request, after, page, without_nothing
from emulator.cognito.errors import InvalidParameterError, UserStateError

_DAY_S = 86_400
_FILTER = re.compile(r'\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*')
_SEARCHED = (
    "username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "cognito:user_status",
    "status",
    "sub",
)


def create(call: Call, request: Request) -> Answer:
    """AdminCreateUser. Nothing is sent: here a temporary password that nobody chose is known to nobody."""
    pool = pools.pool(call, request["UserPoolId"])
    if request.get("MessageAction") == "RESEND":
        user = users.user(call, pool, request["Username"])
        if user["status"] != users.FORCE_CHANGE_PASSWORD:
            raise UserStateError("Resend not possible. User is not in an awaiting state.")
    else:
        user = users.add(call, pool, request["Username"], attributes.texts(request.get("UserAttributes", [])))
    policy = pools.password_policy(pool)
    _set_password(call, pool, user, request.get("TemporaryPassword") or passwords.generated(policy), permanent=False)
    return {"User": users.description(user)}


def get(call: Call, request: Request) -> Answer:
    """AdminGetUser."""
    _, user = _asked(call, request)
    return users.description(user, "UserAttributes")


def delete(call: Call, request: Request) -> Answer:
    """AdminDeleteUser."""
    remove(call, *_asked(call, request))
    return {}


def remove(call: Call, pool: Document, user: Document) -> None:
    """A user's end: sign-ins, groups and itself."""
    grants.end_all(call, pool, user)
    groups.leave_all(call, pool, user)
    users.remove(call, pool, user)


def enable(call: Call, request: Request) -> Answer:
    """AdminEnableUser."""
    pool, user = _asked(call, request)
    users.save(call, pool, user | {"enabled": True})
    return {}


def disable(call: Call, request: Request) -> Answer:
    """AdminDisableUser; the user's sign-ins end."""
    pool, user = _asked(call, request)
    grants.end_all(call, pool, user)
    users.save(call, pool, user | {"enabled": False})
    return {}


def set_password(call: Call, request: Request) -> Answer:
    """AdminSetUserPassword. As on AWS, sign-ins that stand go on standing."""
    pool, user = _asked(call, request)
    _set_password(call, pool, user, request["Password"], permanent=request.get("Permanent", False))
    return {}


def update_attributes(call: Call, request: Request) -> Answer:
    """AdminUpdateUserAttributes."""
    users.set_attributes(call, *_asked(call, request), attributes.texts(request["UserAttributes"]))
    return {}


def delete_attributes(call: Call, request: Request) -> Answer:
    """AdminDeleteUserAttributes."""
    users.remove_attributes(call, *_asked(call, request), request["UserAttributeNames"])
    return {}


def sign_out(call: Call, request: Request) -> Answer:
    """AdminUserGlobalSignOut."""
    grants.end_all(call, *_asked(call, request))
    return {}


def list_all(call: Call, request: Request) -> Answer:
    """ListUsers, in the order of user names."""
    pool = pools.pool(call, request["UserPoolId"])
    rows = call.store.documents(f"user/{pool['id']}", after(request.get("PaginationToken")))
    found, token = page(_filtered(rows, request.get("Filter", "")), request.get("Limit"))
    wanted = request.get("AttributesToGet")
    return without_nothing({"Users": [_with(users.description(user), wanted) for user in found], "PaginationToken": token})


def _asked(call: Call, request: Request) -> tuple[Document, Document]:
    pool = pools.pool(call, request["UserPoolId"])
    return pool, users.user(call, pool, request["Username"])


def _set_password(call: Call, pool: Document, user: Document, password: str, *, permanent: bool) -> None:
    policy = pools.password_policy(pool)
    passwords.check(policy, password)
    user["password"] = passwords.hashed(password)
    user["status"] = users.CONFIRMED if permanent else users.FORCE_CHANGE_PASSWORD
    user["temporary_until"] = None if permanent else call.now + policy.get("TemporaryPasswordValidityDays", 7) * _DAY_S
    users.save(call, pool, user)


def _filtered(rows: Iterator[tuple[str, Document]], text: str) -> Iterator[tuple[str, Document]]:
    """The rows that a filter such as `email ^= "a"` lets through. Raises InvalidParameterError for one that is none."""
    if not text.strip():
        return rows
    parsed = _FILTER.fullmatch(text)
    if parsed is None:
        raise InvalidParameterError("Error while parsing filter.")
    name, operator, value = parsed[1], parsed[2], re.sub(r"\\(.)", r"\1", parsed[3])
    if name not in _SEARCHED:
        raise InvalidParameterError(f"Attribute {name} cannot be searched")
    return ((key, user) for key, user in rows if _fits(_value(user, name), operator, value))


def _value(user: Document, name: str) -> str | None:
    if name == "username":
        return str(user["username"])
    if name == "status":
        return "Enabled" if user["enabled"] else "Disabled"
    if name == "cognito:user_status":
        return str(user["status"])
    value: str | None = user["attributes"].get(name)
    return value


def _fits(held: str | None, operator: str, value: str) -> bool:
    if held is None:
        return False
    return held == value if operator == "=" else held.startswith(value)


def _with(described: Answer, wanted: list[str] | None) -> Answer:
    if wanted is None:
        return described
    return described | {"Attributes": [one for one in described["Attributes"] if one["Name"] in wanted]}


OPERATIONS: dict[str, Operation] = {
    "AdminCreateUser": create,
    "AdminGetUser": get,
    "AdminDeleteUser": delete,
    "AdminEnableUser": enable,
    "AdminDisableUser": disable,
    "AdminSetUserPassword": set_password,
    "AdminUpdateUserAttributes": update_attributes,
    "AdminDeleteUserAttributes": delete_attributes,
    "AdminUserGlobalSignOut": sign_out,
    "ListUsers": list_all,
}
