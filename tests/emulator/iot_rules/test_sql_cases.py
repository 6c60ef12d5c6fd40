"""Rule SQL and substitution templates: every case of the developer guide, but those listed as not supported yet."""

import base64
import json
import math
import re
from itertools import repeat
from typing import Any

import pytest

from emulator.iot_core.sql import Message, SqlError, compile_rule
from emulator.iot_core.templates import compile_template
from emulator.iot_core.topics import basic_ingest, matches
from tests.emulator.iot_rules.case_files import Case, load, parameters

# Ids of cases that do not hold yet. A case that starts to hold must leave the list, and one that stops must be repaired.
UNSUPPORTED_SQL: frozenset[str] = frozenset()
UNSUPPORTED_TEMPLATES: frozenset[str] = frozenset()

NO_MATCH = {"$no_match": True}
UNDEFINED = {"$undefined": True}
REFUSED = {"$error": True}


def message_of(case: Case) -> Message:
    payload, context = case["payload"], case.get("context", {})
    is_raw = isinstance(payload, dict) and payload.keys() == {"base64"}
    return Message(
        topic=case["topic"],
        payload=base64.b64decode(payload["base64"]) if is_raw else json.dumps(payload, ensure_ascii=False).encode(),
        client_id=context.get("client_id", case.get("client_id", "client1")),
        principal=context.get("principal", "ba67293af50bf2506f5f93469686da660c7c844e7b3950bfb16813e0d31e9373"),
        account_id=context.get("account_id", "123456789012"),
        received_at_ms=context.get("timestamp", 1481825251155),
        rule_name=context.get("rule_name", ""),
        protocol=context.get("protocol", "mqtt"),
    )


def outcome(case: Case) -> Any:
    """What the rule makes of the case's message, in the words of the case file."""
    try:
        rule = compile_rule(case["sql"], case["sql_version"])
    except SqlError:
        return REFUSED
    ingest = basic_ingest(case["topic"])
    reached = ingest[0] == case.get("context", {}).get("rule_name") if ingest else matches(rule.topic_filter or "", case["topic"])
    outgoing = rule.evaluate(message_of(case)) if reached else None
    if outgoing is None:
        return NO_MATCH
    if isinstance(case.get("expected"), dict) and "$raw_base64" in case["expected"]:
        return {"$raw_base64": base64.b64encode(outgoing).decode()}
    return json.loads(outgoing) if outgoing else UNDEFINED


def fits(actual: Any, expected: Any, tolerance: float) -> bool:
    """Equality, with numbers as numbers and ``$pattern`` for a value whose text matches."""
    match expected:
        case {"$pattern": pattern, "type": kind}:
            return fits_pattern(actual, pattern, str if kind == "string" else int | float)
        case dict():
            return (
                isinstance(actual, dict)
                and actual.keys() == expected.keys()
                and fits(list(map(actual.get, expected)), [*expected.values()], tolerance)
            )
        case list():
            return isinstance(actual, list) and len(actual) == len(expected) and all(map(fits, actual, expected, repeat(tolerance)))
        case bool() | str() | None:
            return type(actual) is type(expected) and bool(actual == expected)
        case _:
            return is_number(actual) and math.isclose(actual, expected, rel_tol=0, abs_tol=tolerance)


def fits_pattern(actual: Any, pattern: str, kind: Any) -> bool:
    return isinstance(actual, kind) and re.search(pattern, actual if isinstance(actual, str) else json.dumps(actual)) is not None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def rendered(case: Case) -> str:
    context = case.get("context", {})
    rule = compile_rule(context["sql"], "2016-03-23") if "sql" in context else None
    template = compile_template(case["template"], rule=rule, republish_topic=case.get("field") == "republish.topic")
    return template.render(message_of(case))


@pytest.mark.parametrize("case", parameters("sql"))
def test_the_developer_guides_statement(case: Case) -> None:
    expected = case["expected"] if "expected" in case else case["expected_pattern"]

    actual = outcome(case)

    assert fits(actual, expected, case.get("tolerance", 0.0)) is (case["id"] not in UNSUPPORTED_SQL), f"{case['sql']} gives {actual!r}"


@pytest.mark.parametrize("case", parameters("substitution"))
def test_the_developer_guides_template(case: Case) -> None:
    actual = rendered(case)

    holds = actual == case["expected"] if "expected" in case else re.search(case["expected_pattern"], actual) is not None
    assert holds is (case["id"] not in UNSUPPORTED_TEMPLATES), f"{case['template']} gives {actual!r}"


def test_the_lists_of_unsupported_cases_name_cases_that_exist() -> None:
    assert {case["id"] for case in load("sql")} >= UNSUPPORTED_SQL
    assert {case["id"] for case in load("substitution")} >= UNSUPPORTED_TEMPLATES
