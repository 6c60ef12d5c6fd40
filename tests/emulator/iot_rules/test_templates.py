"""Substitution templates."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.iot_core.sql import Message, compile_rule
from emulator.iot_core.templates import TemplateError, compile_template


def message(payload: bytes = b"{}") -> Message:
    return Message("some/topic", payload, "client1", "principal1", "000000000000", 17)


def render(text: str, payload: bytes = b"{}", **more: Any) -> str:
    return compile_template(text, **more).render(message(payload))


@given(st.text().filter(lambda text: "${" not in text))
def test_text_without_templates_stands_as_it_is(text: str) -> None:
    assert render(text) == text


@given(st.text())
def test_any_text_is_a_template_or_refused(text: str) -> None:
    try:
        template = compile_template("${" + text)
    except TemplateError:
        return
    assert isinstance(template.render(message()), str)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_string_literal_may_hold_braces_and_quotes(text: str) -> None:
    quoted = text.replace("'", "''")

    assert render(f"<${{'{quoted}'}}>") == f"<{text}>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("${topic(1)}/${a}", "some/1"),
        ("${a}${a}", "11"),
        ("${missing}", ""),
        ("${n}", "null"),
        ("${o}", '{"b":1.5}'),
        ("${{'x': {'y': 1}}}", '{"x":{"y":1}}'),
        ("${get({'}': 2}, '}')}", "2"),
        ("${big}", "12345678901234567890123"),
        ("$${a}", "$1"),
        ("$$x", "$$x"),
        ("$", "$"),
        ("{a}", "{a}"),
    ],
)
def test_a_template(text: str, expected: str) -> None:
    assert render(text, b'{"a": 1, "n": null, "o": {"b": 1.5}, "big": 12345678901234567890123}') == expected


def test_two_dollars_write_one_in_the_topic_of_a_republish_action_alone() -> None:
    assert render("$$aws/things/${topic(2)}/shadow/update", republish_topic=True) == "$aws/things/topic/shadow/update"
    assert render("$$aws/x") == "$$aws/x"


def test_the_rules_variables_are_known_but_its_aliases_are_not() -> None:
    rule = compile_rule("SET @v = a + 1 SELECT a AS alias", "2016-03-23")

    assert render("${@v}|${alias}", b'{"a": 1}', rule=rule) == "2|"


def test_fields_of_a_binary_payload_are_empty() -> None:
    assert render("device/${device_id}", b"\xff") == "device/"


@pytest.mark.parametrize("text", ["${", "${a", "${}", "${a b}", "${'}", "${no_such_function()}", "${@v}", "${SELECT a}"])
def test_a_template_that_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        compile_template(text)


def test_a_refused_template_names_its_expression() -> None:
    with pytest.raises(TemplateError, match="no_such_function"):
        compile_template("a/${no_such_function()}")
