"""A policy document, read and checked once. Sources: the developer guide's policy pages, and IAM's policy grammar where they are silent."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from emulator.iot_core.policy.conditions import Condition, MalformedPolicy, parse_conditions

__all__ = ["MalformedPolicy", "Policy", "Statement", "parse_policy"]

POLICY_LIMIT_CHARACTERS = 2048  # white space does not count (quotas page)
VERSION = "2012-10-17"
STATEMENT_KEYS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. ``inverted_actions`` and ``inverted_resources`` stand for NotAction and NotResource."""

    allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    inverted_actions: bool = False
    inverted_resources: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy document."""

    statements: tuple[Statement, ...]


def parse_policy(document: str) -> Policy:
    """Read a policy document (JSON text). Raises MalformedPolicy with the reason."""
    if len("".join(document.split())) > POLICY_LIMIT_CHARACTERS:
        raise MalformedPolicy(f"the document has more than {POLICY_LIMIT_CHARACTERS} characters")
    content = _json_object(document)
    _expect_keys(content, frozenset({"Version", "Id", "Statement"}))
    if content.get("Version") != VERSION:
        raise MalformedPolicy(f"Version must be {VERSION!r}")
    statements = content.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    if not listed:
        raise MalformedPolicy("Statement must not be empty")
    return Policy(tuple(_statement(item) for item in listed))


def _json_object(document: str) -> dict[str, Any]:
    try:
        content = json.loads(document, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise MalformedPolicy(f"the document is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise MalformedPolicy("the document must be a JSON object")
    return content


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key given twice would silently drop its first value, perhaps a Deny: refuse it."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise MalformedPolicy(f"a key occurs twice among {[key for key, _ in pairs]}")
    return result


def _statement(item: object) -> Statement:
    if not isinstance(item, dict):
        raise MalformedPolicy("each statement must be a JSON object")
    _expect_keys(item, STATEMENT_KEYS)
    if item.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicy("Effect must be Allow or Deny")
    actions, inverted_actions = _either(item, "Action", "NotAction")
    resources, inverted_resources = _either(item, "Resource", "NotResource")
    _check(actions, lambda text: ACTION.fullmatch(text) is not None, "action")
    _check(resources, lambda text: text == "*" or text.startswith("arn:"), "resource")
    return Statement(
        allow=item["Effect"] == "Allow",
        actions=actions,
        resources=resources,
        conditions=parse_conditions(item.get("Condition", {})),
        inverted_actions=inverted_actions,
        inverted_resources=inverted_resources,
    )


def _expect_keys(item: dict[str, Any], known: Iterable[str]) -> None:
    unknown = sorted(set(item) - set(known))
    if unknown:
        raise MalformedPolicy(f"unknown element {unknown[0]!r}")


def _either(item: dict[str, Any], plain: str, inverted: str) -> tuple[tuple[str, ...], bool]:
    if (plain in item) == (inverted in item):
        raise MalformedPolicy(f"a statement needs either {plain} or {inverted}")
    key = plain if plain in item else inverted
    value = item[key]
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise MalformedPolicy(f"{key} must be a string or a list of strings")
    return tuple(texts), key == inverted


def _check(texts: tuple[str, ...], valid: Callable[[str], bool], kind: str) -> None:
    for text in texts:
        if not valid(text):
            raise MalformedPolicy(f"{text!r} is not a valid {kind}")
