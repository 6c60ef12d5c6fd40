"""Tags of resources, kept by ARN. They go with their resource."""

from emulator.iot.errors import InvalidRequestError
from emulator.iot.operation import Answer, Operation, Request
from emulator.iot.registry import Session

TAGS = "tags"
LARGEST_SET = 50


def tag_resource(session: Session, request: Request) -> Answer:
    """Set tags; what else the resource has stays."""
    set_tags(session, request["resourceArn"], {tag["Key"]: tag.get("Value", "") for tag in request["tags"]})
    return {}


def untag_resource(session: Session, request: Request) -> Answer:
    """Remove tags by key."""
    arn = request["resourceArn"]
    kept = {key: value for key, value in (session.find(TAGS, arn) or {}).items() if key not in request["tagKeys"]}
    session.put(TAGS, arn, kept)
    return {}


def list_tags(session: Session, request: Request) -> Answer:
    """All tags of a resource."""
    tags = session.find(TAGS, request["resourceArn"]) or {}
    return {"tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}


def set_tags(session: Session, arn: str, tags: dict[str, str]) -> None:
    """Add tags to a resource's. Raises InvalidRequestError for more than AWS allows."""
    merged = (session.find(TAGS, arn) or {}) | tags
    if len(merged) > LARGEST_SET:
        raise InvalidRequestError(f"A resource has at most {LARGEST_SET} tags")
    session.put(TAGS, arn, merged)


def tag_created(session: Session, arn: str, request: Request) -> None:
    """Set the tags that came with a creation."""
    if tags := request.get("tags"):
        set_tags(session, arn, {tag["Key"]: tag.get("Value", "") for tag in tags})


def forget_tags(session: Session, arn: str) -> None:
    """Remove all tags of a resource that is being deleted."""
    session.remove(TAGS, arn)


OPERATIONS: dict[str, Operation] = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags,
}
