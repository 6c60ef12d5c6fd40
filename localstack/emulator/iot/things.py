"""Things: the devices' entries in the registry. The attribute `tenant` carries the tenant."""

import uuid
from collections.abc import Iterator

from emulator.iot.errors import AlreadyExistsError, InvalidRequestError, NotFoundError, VersionConflictError
from emulator.iot.operation import Answer, Operation, Request, by_token, now
from emulator.iot.registry import Document, Session

THING = "thing"
ATTRIBUTES_WITHOUT_TYPE = 3
ATTRIBUTES_WITH_TYPE = 50
"""AWS IoT's limits on a thing's attributes."""


def thing(session: Session, name: str) -> Document:
    """A thing's document, or NotFoundError."""
    document = session.find(THING, name)
    if document is None:
        raise NotFoundError(f"Thing {name} not found.")
    return document


def create_thing(session: Session, request: Request) -> Answer:
    """A new thing. The same request again succeeds; another one with its name does not."""
    name = request["thingName"]
    wanted = {"attributes": request.get("attributePayload", {}).get("attributes", {}), "type": request.get("thingTypeName")}
    existing = session.find(THING, name)
    if existing is None:
        existing = {"id": str(uuid.uuid4()), "version": 1, "created_at": now(), **wanted}
        _check(session, existing)
        session.put(THING, name, existing)
    elif any(existing[member] != value for member, value in wanted.items()):
        message = f"Thing {name} already exists in account with different properties"
        raise AlreadyExistsError(message, resourceId=name, resourceArn=session.arn("thing", name))
    return {"thingName": name, "thingArn": session.arn("thing", name), "thingId": existing["id"]}


def describe_thing(session: Session, request: Request) -> Answer:
    """All about a thing."""
    name = request["thingName"]
    document = thing(session, name)
    return {"defaultClientId": name, "thingId": document["id"], **_item(session, name, document)}


def update_thing(session: Session, request: Request) -> Answer:
    """Change attributes (replacing all, or merging) and type; an empty value removes its attribute."""
    name = request["thingName"]
    document = thing(session, name)
    if request.get("expectedVersion") not in {None, document["version"]}:
        raise VersionConflictError(f"The version for thing {name} does not match the expected version.")
    if request.get("removeThingType") and request.get("thingTypeName"):
        raise InvalidRequestError("Remove thing type cannot be combined with a thing type name")
    if payload := request.get("attributePayload"):
        merged = (document["attributes"] if payload.get("merge") else {}) | payload.get("attributes", {})
        document["attributes"] = {key: value for key, value in merged.items() if value}
    document["type"] = None if request.get("removeThingType") else request.get("thingTypeName", document["type"])
    _check(session, document)
    session.put(THING, name, document | {"version": document["version"] + 1})
    return {}


def delete_thing(session: Session, request: Request) -> Answer:
    """Forget a thing that no principal is attached to; one that does not exist is no fault, as on AWS."""
    name = request["thingName"]
    document = session.find(THING, name)
    if document is None:
        return {}
    if request.get("expectedVersion") not in {None, document["version"]}:
        raise VersionConflictError(f"The version for thing {name} does not match the expected version.")
    if next(session.sources("thing", name), None) is not None:
        raise InvalidRequestError(f"Cannot delete. Thing {name} is still attached to one or more principals")
    for group in list(session.targets("group", name)):
        session.unlink("group", name, group)
    session.remove(THING, name)
    return {}


def list_things(session: Session, request: Request) -> Answer:
    """Things by name, filtered by an attribute and a type."""

    def rows(after: str) -> Iterator[tuple[str, Answer]]:
        for name, document in session.documents(THING, after):
            if _passes(document, request):
                yield name, _item(session, name, document)

    return by_token(request, "things", rows)


def _passes(document: Document, request: Request) -> bool:
    if request.get("thingTypeName") not in {None, document["type"]}:
        return False
    if "attributeName" not in request:
        return True
    value, wanted = document["attributes"].get(request["attributeName"]), request.get("attributeValue", "")
    if value is None:
        return False
    return bool(value.startswith(wanted) if request.get("usePrefixAttributeValue") else value == wanted)


def _item(session: Session, name: str, document: Document) -> Answer:
    answer = {"thingName": name, "thingArn": session.arn("thing", name), "attributes": document["attributes"]}
    return answer | {"version": document["version"]} | ({"thingTypeName": document["type"]} if document["type"] else {})


def _check(session: Session, document: Document) -> None:
    limit = ATTRIBUTES_WITH_TYPE if document["type"] else ATTRIBUTES_WITHOUT_TYPE
    if len(document["attributes"]) > limit:
        raise InvalidRequestError(f"Thing has {len(document['attributes'])} attributes; at most {limit} are allowed with its type")
    if document["type"] is None:
        return
    thing_type = session.find("thing-type", document["type"])
    if thing_type is None:
        raise NotFoundError(f"Thing type {document['type']} not found.")
    if thing_type["deprecated_at"] is not None:
        raise InvalidRequestError(f"Can not associate a thing with deprecated thing type {document['type']}")


OPERATIONS: dict[str, Operation] = {
    "CreateThing": create_thing,
    "DescribeThing": describe_thing,
    "UpdateThing": update_thing,
    "DeleteThing": delete_thing,
    "ListThings": list_things,
}
