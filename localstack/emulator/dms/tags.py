"""Tags of DMS resources."""

from emulator.dms.errors import NotFoundError
from emulator.dms.operation import Answer, Operation, Request
from emulator.dms.registry import Session


def add(session: Session, request: Request) -> Answer:
    """AddTagsToResource."""
    session.tag(_existing(session, request["ResourceArn"]), request["Tags"])
    return {}


def remove(session: Session, request: Request) -> Answer:
    """RemoveTagsFromResource."""
    session.untag(_existing(session, request["ResourceArn"]), request["TagKeys"])
    return {}


def tags_of(session: Session, request: Request) -> Answer:
    """ListTagsForResource, for one resource or several."""
    arns = request.get("ResourceArnList") or [request["ResourceArn"]]
    return {"TagList": [tag | {"ResourceArn": arn} for arn in arns for tag in session.tags(_existing(session, arn))]}


def _existing(session: Session, arn: str) -> str:
    parts = arn.split(":")
    if len(parts) != 7:
        raise NotFoundError(f"{arn} is not the ARN of a DMS resource.")
    session.get(parts[5], arn)
    return arn


OPERATIONS: dict[str, Operation] = {"AddTagsToResource": add, "RemoveTagsFromResource": remove, "ListTagsForResource": tags_of}
