"""Groups of users, which a user's tokens name.

Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GroupType.html.
"""

from emulator.cognito import users
from emulator.cognito.call import Answer, Call, Document, Operation, Request, after, moment, page, without_nothing
from emulator.cognito.errors import GroupExistsError, NotFoundError
from emulator.cognito.pools import pool

MEMBERS = "group"
"""The relation from a user's member key to the groups it is in."""
_SETTINGS = ("Description", "RoleArn", "Precedence")


def groups_of(call: Call, found_pool: Document, user: Document) -> list[Document]:
    """The groups a user is in, those of the lowest precedence number first."""
    names = call.store.targets(MEMBERS, users.member_key(found_pool, user))
    found = [_group(call, found_pool["id"], name) for name in list(names)]
    return sorted(found, key=lambda group: (group["settings"].get("Precedence", float("inf")), group["name"]))


def leave_all(call: Call, found_pool: Document, user: Document) -> None:
    """Take a user out of every group."""
    key = users.member_key(found_pool, user)
    for name in list(call.store.targets(MEMBERS, key)):
        call.store.unlink(MEMBERS, key, name)


def create(call: Call, request: Request) -> Answer:
    """CreateGroup."""
    pool_id, name = pool(call, request["UserPoolId"])["id"], request["GroupName"]
    if call.store.find(f"group/{pool_id}", name) is not None:
        raise GroupExistsError("A group with the name already exists.")
    return {"Group": _save(call, {"name": name, "pool": pool_id, "created_at": call.now}, request)}


def get(call: Call, request: Request) -> Answer:
    """GetGroup."""
    return {"Group": _description(_asked(call, request))}


def update(call: Call, request: Request) -> Answer:
    """UpdateGroup."""
    return {"Group": _save(call, _asked(call, request), request)}


def delete(call: Call, request: Request) -> Answer:
    """DeleteGroup; its members leave it."""
    found = _asked(call, request)
    for key in list(call.store.sources(MEMBERS, found["name"])):
        if key.startswith(f"{found['pool']}/"):
            call.store.unlink(MEMBERS, key, found["name"])
    call.store.remove(f"group/{found['pool']}", found["name"])
    return {}


def list_all(call: Call, request: Request) -> Answer:
    """ListGroups."""
    rows = call.store.documents(f"group/{pool(call, request['UserPoolId'])['id']}", after(request.get("NextToken")))
    found, token = page(rows, request.get("Limit"))
    return without_nothing({"Groups": [_description(one) for one in found], "NextToken": token})


def add_user(call: Call, request: Request) -> Answer:
    """AdminAddUserToGroup; twice is once."""
    call.store.link(MEMBERS, *_membership(call, request))
    return {}


def remove_user(call: Call, request: Request) -> Answer:
    """AdminRemoveUserFromGroup."""
    call.store.unlink(MEMBERS, *_membership(call, request))
    return {}


def list_of_user(call: Call, request: Request) -> Answer:
    """AdminListGroupsForUser; all of them on one page, since a user is in at most 100."""
    found_pool = pool(call, request["UserPoolId"])
    return {"Groups": [_description(one) for one in groups_of(call, found_pool, users.user(call, found_pool, request["Username"]))]}


def list_users(call: Call, request: Request) -> Answer:
    """ListUsersInGroup."""
    found = _asked(call, request)
    prefix = f"{found['pool']}/"
    keys = call.store.sources(MEMBERS, found["name"], after(request.get("NextToken")) or prefix)
    names = ((key, key.removeprefix(prefix)) for key in list(keys) if key.startswith(prefix))
    rows = ((key, call.store.find(f"user/{found['pool']}", name) or {}) for key, name in names)
    members, token = page(rows, request.get("Limit"))
    return without_nothing({"Users": [users.description(member) for member in members], "NextToken": token})


def _membership(call: Call, request: Request) -> tuple[str, str]:
    found_pool = pool(call, request["UserPoolId"])
    member = users.user(call, found_pool, request["Username"])
    return users.member_key(found_pool, member), _asked(call, request)["name"]


def _asked(call: Call, request: Request) -> Document:
    return _group(call, pool(call, request["UserPoolId"])["id"], request["GroupName"])


def _group(call: Call, pool_id: str, name: str) -> Document:
    found = call.store.find(f"group/{pool_id}", name)
    if found is None:
        raise NotFoundError("Group not found.")
    return found


def _save(call: Call, group: Document, request: Request) -> Answer:
    settings = {name: request[name] for name in _SETTINGS if request.get(name) is not None}
    group |= {"settings": settings, "modified_at": call.now}
    call.store.put(f"group/{group['pool']}", group["name"], group)
    return _description(group)


def _description(group: Document) -> Answer:
    dates = {"CreationDate": moment(group["created_at"]), "LastModifiedDate": moment(group["modified_at"])}
    return {"GroupName": group["name"], "UserPoolId": group["pool"], **dates, **group["settings"]}


OPERATIONS: dict[str, Operation] = {
    "CreateGroup": create,
    "GetGroup": get,
    "UpdateGroup": update,
    "DeleteGroup": delete,
    "ListGroups": list_all,
    "AdminAddUserToGroup": add_user,
    "AdminRemoveUserFromGroup": remove_user,
    "AdminListGroupsForUser": list_of_user,
    "ListUsersInGroup": list_users,
}
