"""Topic rules. What the device gateway could not run is refused here, when the rule is made, and not when messages come.

AWS answers about a rule that does not exist with UnauthorizedException, and so does this.
"""

import re
import urllib.parse
from collections.abc import Iterator

from emulator.iot.documents import check_sql
from emulator.iot.errors import AlreadyExistsError, InvalidRequestError, UnauthorizedError
from emulator.iot.operation import Answer, Operation, Request, by_token, moment, now
from emulator.iot.registry import Document, Session
from emulator.iot.tags import forget_tags, set_tags

RULE = "rule"
DEFAULT_SQL_VERSION = "2015-10-08"
ACTIONS = frozenset({"kinesis", "lambda", "sqs", "s3", "republish"})
"""What the gateway can do with a message."""
_FROM = re.compile(r"""\bFROM\s+(?:'([^']*)'|"([^"]*)")""", re.IGNORECASE)


def create_rule(session: Session, request: Request) -> Answer:
    """A new rule, in force at once unless it is disabled."""
    name = request["ruleName"]
    _check(request["topicRulePayload"])
    if session.find(RULE, name) is not None:
        raise AlreadyExistsError(f"Rule {name} already exists", resourceId=name, resourceArn=session.arn("rule", name))
    if tags := dict(urllib.parse.parse_qsl(request.get("tags", ""))):
        set_tags(session, session.arn("rule", name), tags)
    session.put(RULE, name, {"created_at": now(), "payload": _complete(request["topicRulePayload"])})
    return {}


def replace_rule(session: Session, request: Request) -> Answer:
    """Other content under the same name."""
    name = request["ruleName"]
    document = _rule(session, name)
    _check(request["topicRulePayload"])
    session.put(RULE, name, document | {"payload": _complete(request["topicRulePayload"])})
    return {}


def get_rule(session: Session, request: Request) -> Answer:
    """All about a rule."""
    name = request["ruleName"]
    document = _rule(session, name)
    rule = {"ruleName": name, "createdAt": moment(document["created_at"]), **document["payload"]}
    return {"ruleArn": session.arn("rule", name), "rule": rule}


def enable_rule(session: Session, request: Request) -> Answer:
    """Put a rule in force."""
    return _set_disabled(session, request["ruleName"], disabled=False)


def disable_rule(session: Session, request: Request) -> Answer:
    """Take a rule out of force."""
    return _set_disabled(session, request["ruleName"], disabled=True)


def delete_rule(session: Session, request: Request) -> Answer:
    """Forget a rule."""
    _rule(session, request["ruleName"])
    session.remove(RULE, request["ruleName"])
    forget_tags(session, session.arn("rule", request["ruleName"]))
    return {}


def list_rules(session: Session, request: Request) -> Answer:
    """Rules by name, filtered by topic pattern and state."""

    def rows(after: str) -> Iterator[tuple[str, Answer]]:
        for name, document in session.documents(RULE, after):
            item = _item(session, name, document)
            if request.get("topic") in {None, item["topicPattern"]} and request.get("ruleDisabled") in {None, item["ruleDisabled"]}:
                yield name, item

    return by_token(request, "rules", rows)


def _check(payload: Document) -> None:
    check_sql(payload["sql"], payload.get("awsIotSqlVersion", DEFAULT_SQL_VERSION))
    for action in [*payload["actions"], *([payload["errorAction"]] if payload.get("errorAction") else [])]:
        if len(action) != 1:
            raise InvalidRequestError(f"An action names exactly one kind of target, this one names {len(action)}: {', '.join(action)}")
        kind = next(iter(action))
        if kind not in ACTIONS:
            raise InvalidRequestError(f"Action {kind} is not supported here; supported are {', '.join(sorted(ACTIONS))}")


def _complete(payload: Document) -> Document:
    return {"description": "", "ruleDisabled": False, "awsIotSqlVersion": DEFAULT_SQL_VERSION} | payload


def _rule(session: Session, name: str) -> Document:
    document = session.find(RULE, name)
    if document is None:
        raise UnauthorizedError(f"Access to topic rule '{name}' was denied")
    return document


def _set_disabled(session: Session, name: str, *, disabled: bool) -> Answer:
    document = _rule(session, name)
    document["payload"]["ruleDisabled"] = disabled
    session.put(RULE, name, document)
    return {}


def _item(session: Session, name: str, document: Document) -> Answer:
    found = _FROM.search(document["payload"]["sql"])
    pattern = next((group for group in found.groups() if group is not None), "") if found else ""
    item = {"ruleArn": session.arn("rule", name), "ruleName": name, "topicPattern": pattern}
    return item | {"createdAt": moment(document["created_at"]), "ruleDisabled": document["payload"]["ruleDisabled"]}


OPERATIONS: dict[str, Operation] = {
    "CreateTopicRule": create_rule,
    "ReplaceTopicRule": replace_rule,
    "GetTopicRule": get_rule,
    "EnableTopicRule": enable_rule,
    "DisableTopicRule": disable_rule,
    "DeleteTopicRule": delete_rule,
    "ListTopicRules": list_rules,
}
