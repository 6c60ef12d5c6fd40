"""Substitution templates: ``${expression}`` in the fields of a rule's actions, over the message's original payload. Pure.

An expression sees what SELECT sees and the variables of SET, but no alias. Source: the page "Substitution templates".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.iot_core.sql.errors import SqlError
from emulator.iot_core.sql.message import Message
from emulator.iot_core.sql.rule import CompiledRule, compile_rule
from emulator.iot_core.sql.selection import Evaluate
from emulator.iot_core.sql.values import UNDEFINED, json_text

OPENING = "${"
RESERVED_TOPIC = "$$"


class TemplateError(ValueError):
    """A template that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template: literal text and expressions in turn."""

    parts: tuple[str | Evaluate, ...]
    rule: CompiledRule

    def render(self, message: Message) -> str:
        """The text for ``message``. A String stands as it is, Undefined is empty, anything else is JSON."""
        if not self.parts or all(isinstance(part, str) for part in self.parts):
            return "".join(part for part in self.parts if isinstance(part, str))
        scope = self.rule.scope(message)
        return "".join(part if isinstance(part, str) else _text(part(scope)) for part in self.parts)


def compile_template(text: str, *, rule: CompiledRule | None = None, republish_topic: bool = False) -> Template:
    """Read a template. ``rule`` gives the SQL version and the variables. Raises TemplateError.

    ``republish_topic``: in the topic of a republish action, and there alone, ``$$`` at the start writes the ``$`` of a reserved topic.
    """
    owner = rule if rule is not None else compile_rule("SELECT *", "2016-03-23")
    reserved = republish_topic and text.startswith(RESERVED_TOPIC)
    parts: list[str | Evaluate] = ["$"] if reserved else []
    for literal, expression in _split(text.removeprefix(RESERVED_TOPIC) if reserved else text):
        parts.append(literal if expression is None else _compiled(owner, expression))
    return Template(tuple(parts), owner)


def _compiled(rule: CompiledRule, expression: str) -> Evaluate:
    try:
        return rule.compile_expression(expression)
    except SqlError as error:
        raise TemplateError(f"${{{expression}}}: {error}") from error


def _split(text: str) -> Iterator[tuple[str, str | None]]:
    """(text, None) for literal text, ("", expression) for what stands in ``${…}``."""
    end = 0
    while (start := text.find(OPENING, end)) >= 0:
        if start > end:
            yield text[end:start], None
        close = _closing(text, start + len(OPENING))
        yield "", text[start + len(OPENING) : close]
        end = close + 1
    if end < len(text):
        yield text[end:], None


def _closing(text: str, start: int) -> int:
    """Where the expression's ``}`` is: braces of object literals and of strings do not count."""
    depth, quote = 1, ""
    for index in range(start, len(text)):
        character = text[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return index
    raise TemplateError(f"${{ is not closed in {text!r}")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is UNDEFINED else json_text(value)
