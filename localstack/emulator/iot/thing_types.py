"""Thing types: what a kind of device has in common. Only a deprecated type that no thing has can be deleted."""

import uuid
from collections.abc import Iterator

from emulator.iot.errors import AlreadyExistsError, InvalidRequestError, NotFoundError
from emulator.iot.operation import Answer, Operation, Request, by_token, moment, now
from emulator.iot.registry import Document, Session
from emulator.iot.tags import forget_tags, tag_created
from emulator.iot.things import THING

THING_TYPE = "thing-type"


def create_thing_type(session: Session, request: Request) -> Answer:
    """A new type. The same request again succeeds; another one with its name does not."""
    name, wanted = request["thingTypeName"], request.get("thingTypeProperties", {})
    document = session.find(THING_TYPE, name)
    if document is None:
        document = {"id": str(uuid.uuid4()), "created_at": now(), "deprecated_at": None, "properties": wanted}
        session.put(THING_TYPE, name, document)
        tag_created(session, session.arn("thingtype", name), request)
    elif document["properties"] != wanted:
        message = f"Thing type {name} already exists in account with different properties"
        raise AlreadyExistsError(message, resourceId=name, resourceArn=session.arn("thingtype", name))
    return {"thingTypeName": name, "thingTypeArn": session.arn("thingtype", name), "thingTypeId": document["id"]}


def describe_thing_type(session: Session, request: Request) -> Answer:
    """All about a type."""
    name = request["thingTypeName"]
    document = _thing_type(session, name)
    return {"thingTypeId": document["id"], **_item(session, name, document)}


def update_thing_type(session: Session, request: Request) -> Answer:
    """Change a type's properties."""
    name = request["thingTypeName"]
    document = _thing_type(session, name)
    document["properties"] |= request.get("thingTypeProperties", {})
    session.put(THING_TYPE, name, document)
    return {}


def deprecate_thing_type(session: Session, request: Request) -> Answer:
    """Forbid new things of the type, or allow them again."""
    name = request["thingTypeName"]
    document = _thing_type(session, name)
    document["deprecated_at"] = None if request.get("undoDeprecate") else document["deprecated_at"] or now()
    session.put(THING_TYPE, name, document)
    return {}


def delete_thing_type(session: Session, request: Request) -> Answer:
    """Forget a deprecated type without things. AWS asks for five minutes after the deprecation, this does not."""
    name = request["thingTypeName"]
    document = _thing_type(session, name)
    if document["deprecated_at"] is None:
        raise InvalidRequestError(f"Can not delete thing type {name}: it must be deprecated first")
    if any(thing["type"] == name for _, thing in session.documents(THING)):
        raise InvalidRequestError(f"Can not delete thing type {name}: things are associated with it")
    session.remove(THING_TYPE, name)
    forget_tags(session, session.arn("thingtype", name))
    return {}


def list_thing_types(session: Session, request: Request) -> Answer:
    """Types by name."""

    def rows(after: str) -> Iterator[tuple[str, Answer]]:
        for name, document in session.documents(THING_TYPE, after):
            if request.get("thingTypeName") in {None, name}:
                yield name, _item(session, name, document)

    return by_token(request, "thingTypes", rows)


def _thing_type(session: Session, name: str) -> Document:
    document = session.find(THING_TYPE, name)
    if document is None:
        raise NotFoundError(f"Thing type {name} not found.")
    return document


def _item(session: Session, name: str, document: Document) -> Answer:
    deprecated = document["deprecated_at"]
    metadata = {"deprecated": deprecated is not None, "creationDate": moment(document["created_at"])}
    metadata |= {"deprecationDate": moment(deprecated)} if deprecated else {}
    described = {"thingTypeName": name, "thingTypeArn": session.arn("thingtype", name)}
    return described | {"thingTypeProperties": document["properties"], "thingTypeMetadata": metadata}


OPERATIONS: dict[str, Operation] = {
    "CreateThingType": create_thing_type,
    "DescribeThingType": describe_thing_type,
    "UpdateThingType": update_thing_type,
    "DeprecateThingType": deprecate_thing_type,
    "DeleteThingType": delete_thing_type,
    "ListThingTypes": list_thing_types,
}
