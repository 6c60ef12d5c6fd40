"""The users of a pool, found by name or by the address that serves as one.

Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserType.html.
"""

import uuid

from emulator.cognito import attributes
from emulator.cognito.call import Answer, Call, Document, moment
from emulator.cognito.errors import AliasExistsError, InvalidParameterError, UsernameExistsError, UserNotFoundError

CONFIRMED, FORCE_CHANGE_PASSWORD, RESET_REQUIRED = "CONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED"


def find(call: Call, pool: Document, name: str) -> Document | None:
    """A user by user name, or by an address where the pool signs in by address."""
    key = _key(pool, name)
    if alias := call.store.find(f"alias/{pool['id']}", key):
        key = alias["username"]
    return call.store.find(f"user/{pool['id']}", key)


def user(call: Call, pool: Document, name: str) -> Document:
    """A user. Raises UserNotFoundError."""
    found = find(call, pool, name)
    if found is None:
        raise UserNotFoundError("User does not exist.")
    return found


def add(call: Call, pool: Document, name: str, given: dict[str, str]) -> Document:
    """A new user without a password. Raises UsernameExistsError, and InvalidParameterError for attributes against the schema."""
    settings = pool["settings"]
    if find(call, pool, name) is not None:
        raise UsernameExistsError("User account already exists")
    if "sub" in given:
        raise InvalidParameterError("sub: Attribute cannot be set.")
    sub = str(uuid.uuid4())
    username, given = _identity(settings, name, sub, given)
    attributes.check(settings, given)
    attributes.check_required(settings, given)
    made: Document = {
        "username": username,
        "sub": sub,
        "attributes": {"sub": sub, **given},
        "enabled": True,
        "status": FORCE_CHANGE_PASSWORD,
        "password": None,
        "temporary_until": None,
        "created_at": call.now,
    }
    _claim_addresses(call, pool, made, {})
    save(call, pool, made)
    return made


def save(call: Call, pool: Document, changed: Document) -> None:
    """Store a user that was changed."""
    changed["modified_at"] = call.now
    call.store.put(f"user/{pool['id']}", _key(pool, changed["username"]), changed)


def set_attributes(call: Call, pool: Document, changed: Document, given: dict[str, str]) -> None:
    """Add to and replace attributes. A new address is unverified unless the change says otherwise."""
    attributes.check(pool["settings"], given)
    attributes.check_mutable(pool["settings"], given)
    before = dict(changed["attributes"])
    for address in ("email", "phone_number"):
        if given.get(address, before.get(address)) != before.get(address):
            given = {f"{address}_verified": "false", **given}
    changed["attributes"] = before | given
    _claim_addresses(call, pool, changed, before)
    save(call, pool, changed)


def remove_attributes(call: Call, pool: Document, changed: Document, names: list[str]) -> None:
    """Take attributes away. Raises InvalidParameterError for one that the pool does not have or that users must have."""
    attributes.check(pool["settings"], {name: changed["attributes"].get(name, "") for name in names if name in changed["attributes"]})
    attributes.check_mutable(pool["settings"], names)
    before = dict(changed["attributes"])
    changed["attributes"] = {name: value for name, value in before.items() if name not in names}
    attributes.check_required(pool["settings"], changed["attributes"])
    _claim_addresses(call, pool, changed, before)
    save(call, pool, changed)


def remove(call: Call, pool: Document, gone: Document) -> None:
    """Forget a user and its addresses; groups and grants are the caller's to end."""
    for address in _addresses(pool, gone["attributes"]):
        call.store.remove(f"alias/{pool['id']}", address)
    call.store.remove(f"user/{pool['id']}", _key(pool, gone["username"]))


def member_key(pool: Document, found: Document) -> str:
    """The name under which a user's groups and grants are linked, unique over all pools."""
    return f"{pool['id']}/{_key(pool, found['username'])}"


def description(found: Document, key: str = "Attributes") -> Answer:
    """A user as answers carry it; some call the attributes UserAttributes."""
    return {
        "Username": found["username"],
        key: attributes.listed(found["attributes"]),
        "UserCreateDate": moment(found["created_at"]),
        "UserLastModifiedDate": moment(found["modified_at"]),
        "Enabled": found["enabled"],
        "UserStatus": found["status"],
    }


def _identity(settings: Document, name: str, sub: str, given: dict[str, str]) -> tuple[str, dict[str, str]]:
    """User name and attributes: where an address signs in, the user name is the sub and the address an attribute."""
    kinds = settings.get("UsernameAttributes", [])
    if not kinds:
        return name, given
    if "email" in kinds and "@" in name[1:-1]:
        return sub, {"email": name, **given}
    if "phone_number" in kinds and name.startswith("+") and name[1:].isdecimal():
        return sub, {"phone_number": name, **given}
    raise InvalidParameterError(f"Username should be {' or '.join('an email' if kind == 'email' else 'a phone number' for kind in kinds)}.")


def _claim_addresses(call: Call, pool: Document, owner: Document, before: dict[str, str]) -> None:
    kind, username = f"alias/{pool['id']}", _key(pool, owner["username"])
    old, new = _addresses(pool, before), _addresses(pool, owner["attributes"])
    for address in old - new:
        call.store.remove(kind, address)
    for address in new - old:
        if call.store.find(kind, address) is not None:
            raise AliasExistsError("An account with the given email already exists.")
        call.store.put(kind, address, {"username": username})


def _addresses(pool: Document, given: dict[str, str]) -> set[str]:
    kinds = pool["settings"].get("UsernameAttributes", [])
    return {_key(pool, given[kind]) for kind in kinds if given.get(kind)}


def _key(pool: Document, name: str) -> str:
    """How a name is compared: by its letters alone unless the pool is case-sensitive, as pools are that do not say."""
    sensitive = pool["settings"].get("UsernameConfiguration", {}).get("CaseSensitive", True)
    return name if sensitive else name.lower()
