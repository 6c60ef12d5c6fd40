"""Static thing groups, their tree, and the things in them. Dynamic groups need the fleet index, which is not here."""

import uuid
from collections.abc import Iterator

from emulator.iot.errors import AlreadyExistsError, InvalidRequestError, NotFoundError, VersionConflictError
from emulator.iot.operation import Answer, Operation, Request, by_token, moment, now
from emulator.iot.policies import POLICY_TARGET
from emulator.iot.registry import Document, Session
from emulator.iot.tags import forget_tags, tag_created
from emulator.iot.things import thing

GROUP = "group"
MEMBER = "group"
"""The link from a thing to its group."""


def lineage(session: Session, name: str) -> list[str]:
    """The names of a group and of all groups above it, up to the root. Raises NotFoundError."""
    return [name, *(ancestor["groupName"] for ancestor in _ancestors(session, _group(session, name)))]


def create_group(session: Session, request: Request) -> Answer:
    """A new group. The same request again succeeds; another one with its name does not."""
    name, parent = request["thingGroupName"], request.get("parentGroupName")
    wanted = {"parent": parent, "properties": request.get("thingGroupProperties", {})}
    if parent is not None:
        _group(session, parent)
    document = session.find(GROUP, name)
    if document is None:
        document = {"id": str(uuid.uuid4()), "created_at": now(), "version": 1, **wanted}
        session.put(GROUP, name, document)
        tag_created(session, session.arn("thinggroup", name), request)
    elif any(document[member] != value for member, value in wanted.items()):
        message = f"Thing Group {name} already exists in current account with different properties"
        raise AlreadyExistsError(message, resourceId=name, resourceArn=session.arn("thinggroup", name))
    return {"thingGroupName": name, "thingGroupArn": session.arn("thinggroup", name), "thingGroupId": document["id"]}


def describe_group(session: Session, request: Request) -> Answer:
    """All about a group, its ancestors from the root down included."""
    name = request["thingGroupName"]
    document = _group(session, name)
    metadata: Answer = {
        "creationDate": moment(document["created_at"]),
        "rootToParentThingGroups": list(_ancestors(session, document))[::-1],
    }
    metadata |= {"parentGroupName": document["parent"]} if document["parent"] else {}
    described = _item(session, name, ("thingGroupName", "thingGroupArn")) | {"thingGroupId": document["id"]}
    return described | {"version": document["version"], "thingGroupProperties": document["properties"], "thingGroupMetadata": metadata}


def update_group(session: Session, request: Request) -> Answer:
    """Change a group's description and attributes (replacing all, or merging; an empty value removes its attribute)."""
    name = request["thingGroupName"]
    document = _group(session, name)
    _check_version(request, document)
    wanted = request.get("thingGroupProperties", {})
    if "thingGroupDescription" in wanted:
        document["properties"]["thingGroupDescription"] = wanted["thingGroupDescription"]
    if payload := wanted.get("attributePayload"):
        before = document["properties"].get("attributePayload", {}).get("attributes", {}) if payload.get("merge") else {}
        attributes = {key: value for key, value in (before | payload.get("attributes", {})).items() if value}
        document["properties"]["attributePayload"] = {"attributes": attributes}
    document["version"] += 1
    session.put(GROUP, name, document)
    return {"version": document["version"]}


def delete_group(session: Session, request: Request) -> Answer:
    """Forget a group without children; its things and policies leave it. One that does not exist is no fault, as on AWS."""
    name = request["thingGroupName"]
    document = session.find(GROUP, name)
    if document is None:
        return {}
    _check_version(request, document)
    if any(child["parent"] == name for _, child in session.documents(GROUP)):
        raise InvalidRequestError(f"Cannot delete thing group : {name} when there are still child groups attached to it")
    for member in list(session.sources(MEMBER, name)):
        session.unlink(MEMBER, member, name)
    arn = session.arn("thinggroup", name)
    for policy in list(session.targets(POLICY_TARGET, arn)):
        session.unlink(POLICY_TARGET, arn, policy)
    session.remove(GROUP, name)
    forget_tags(session, arn)
    return {}


def list_groups(session: Session, request: Request) -> Answer:
    """Groups by name, filtered by prefix and parent."""
    parent, prefix = request.get("parentGroup"), request.get("namePrefixFilter", "")
    recursive = request.get("recursive", True)
    if parent is not None:
        _group(session, parent)

    def passes(name: str, document: Document) -> bool:
        above = list(_ancestors(session, document))
        direct = [ancestor["groupName"] for ancestor in (above if recursive else above[:1])]
        return name.startswith(prefix) and (parent in direct if parent else recursive or not above)

    def rows(after: str) -> Iterator[tuple[str, Answer]]:
        return ((name, _item(session, name)) for name, document in session.documents(GROUP, after) if passes(name, document))

    return by_token(request, "thingGroups", rows)


def add_thing(session: Session, request: Request) -> Answer:
    """Put a thing into a group; twice is once."""
    name, group = _named(request, "thingName", "thingArn"), _named(request, "thingGroupName", "thingGroupArn")
    thing(session, name)
    _group(session, group)
    session.link(MEMBER, name, group)
    return {}


def remove_thing(session: Session, request: Request) -> Answer:
    """Take a thing out of a group."""
    name, group = _named(request, "thingName", "thingArn"), _named(request, "thingGroupName", "thingGroupArn")
    thing(session, name)
    _group(session, group)
    session.unlink(MEMBER, name, group)
    return {}


def update_groups_of_thing(session: Session, request: Request) -> Answer:
    """Several additions and removals at once."""
    for group in request.get("thingGroupsToAdd", []):
        add_thing(session, {"thingName": request["thingName"], "thingGroupName": group})
    for group in request.get("thingGroupsToRemove", []):
        remove_thing(session, {"thingName": request["thingName"], "thingGroupName": group})
    return {}


def list_groups_of_thing(session: Session, request: Request) -> Answer:
    """The groups that a thing is in."""
    name = request["thingName"]
    thing(session, name)
    return by_token(
        request, "thingGroups", lambda after: ((group, _item(session, group)) for group in session.targets(MEMBER, name, after))
    )


def list_things_in_group(session: Session, request: Request) -> Answer:
    """The things of a group, and of the groups below it when asked for."""
    name = request["thingGroupName"]
    _group(session, name)
    groups = [name]
    if request.get("recursive"):
        groups += [child for child, document in session.documents(GROUP) if name in _names(session, document)]
    members = sorted({member for group in groups for member in session.sources(MEMBER, group)})
    return by_token(request, "things", lambda after: ((member, member) for member in members if member > after))


def _names(session: Session, document: Document) -> set[str]:
    return {ancestor["groupName"] for ancestor in _ancestors(session, document)}


def _group(session: Session, name: str) -> Document:
    document = session.find(GROUP, name)
    if document is None:
        raise NotFoundError(f"Thing group {name} not found.")
    return document


def _ancestors(session: Session, document: Document) -> Iterator[Answer]:
    """From the parent up to the root."""
    while document["parent"] is not None:
        yield _item(session, document["parent"])
        document = _group(session, document["parent"])


def _item(session: Session, name: str, members: tuple[str, str] = ("groupName", "groupArn")) -> Answer:
    return dict(zip(members, (name, session.arn("thinggroup", name)), strict=True))


def _check_version(request: Request, document: Document) -> None:
    if request.get("expectedVersion") not in {None, document["version"]}:
        raise VersionConflictError(f"The version for thing group {request['thingGroupName']} does not match the expected version.")


def _named(request: Request, name: str, arn: str) -> str:
    """What a request names directly or by its ARN."""
    if name in request:
        return str(request[name])
    if arn in request:
        return str(request[arn]).rpartition("/")[2]
    raise InvalidRequestError(f"Either {name} or {arn} is required")


OPERATIONS: dict[str, Operation] = {
    "CreateThingGroup": create_group,
    "DescribeThingGroup": describe_group,
    "UpdateThingGroup": update_group,
    "DeleteThingGroup": delete_group,
    "ListThingGroups": list_groups,
    "AddThingToThingGroup": add_thing,
    "RemoveThingFromThingGroup": remove_thing,
    "UpdateThingGroupsForThing": update_groups_of_thing,
    "ListThingGroupsForThing": list_groups_of_thing,
    "ListThingsInThingGroup": list_things_in_group,
}
