"""Table mappings: which tables a task replicates, and what schemas, tables, columns and partition keys are called in the stream. Pure.

https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.html. What DMS knows and this does not (filters,
expressions, added columns, ...) is refused by name, so that no rule is ever silently without effect.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

type Rule = Mapping[str, Any]
type Renaming = Callable[[str], str | None]
"""A name's new name, or nothing where the named column is left out."""

PARTITION_KEY_TYPES = ("primary-key", "schema-table", "transaction-id")
_RULE_TYPES = ("selection", "transformation", "object-mapping")
_SELECTIONS = ("include", "exclude", "explicit")
_TARGETS = ("schema", "table", "column")
_WILDCARDS = {"%": ".*", "_": "."}


class TableMappingError(Exception):
    """The document is no table mapping, or asks for what is not supported; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Locator:
    """Which objects a rule is about. `%` stands for any text, `_` for any character, `[_]` and `[%]` for themselves."""

    schema: re.Pattern[str]
    table: re.Pattern[str]
    column: re.Pattern[str]

    def covers(self, schema: str, table: str) -> bool:
        """Whether the table is meant."""
        return bool(self.schema.fullmatch(schema) and self.table.fullmatch(table))


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection rule."""

    action: str
    locator: Locator


@dataclass(frozen=True, slots=True)
class Transformation:
    """A transformation rule; `renaming` is what it does to a name."""

    target: str
    locator: Locator
    renaming: Renaming


@dataclass(frozen=True, slots=True)
class KeyRule:
    """An object mapping's partition key type."""

    locator: Locator
    key_type: str


@dataclass(frozen=True, slots=True)
class TableMappings:
    """The rules of a task."""

    selections: tuple[Selection, ...]
    transformations: tuple[Transformation, ...]
    key_rules: tuple[KeyRule, ...]

    def selects(self, schema: str, table: str) -> bool:
        """Whether some rule includes the table and none excludes it."""
        actions = {rule.action for rule in self.selections if rule.locator.covers(schema, table)}
        return bool(actions) and "exclude" not in actions

    def schema_name(self, schema: str, table: str) -> str:
        """What the table's schema is called in the stream."""
        return self._renamed("schema", schema, schema, table) or schema

    def table_name(self, schema: str, table: str) -> str:
        """What the table is called in the stream."""
        return self._renamed("table", table, schema, table) or table

    def column_name(self, column: str, schema: str, table: str) -> str | None:
        """What a column is called in the stream, or nothing where it is removed."""
        return self._renamed("column", column, schema, table)

    def key_type(self, schema: str, table: str) -> str | None:
        """The partition key type that the rules give the table, if they do."""
        return next((rule.key_type for rule in self.key_rules if rule.locator.covers(schema, table)), None)

    def _renamed(self, target: str, name: str, schema: str, table: str) -> str | None:
        renamed: str | None = name
        for rule in self.transformations:
            meant = rule.target == target and rule.locator.covers(schema, table)
            if renamed is not None and meant and (target != "column" or rule.locator.column.fullmatch(name)):
                renamed = rule.renaming(renamed)
        return renamed


def parse(text: str) -> TableMappings:
    """The rules of a `TableMappings` document. Raises TableMappingError."""
    try:
        rules = json.loads(text)["rules"]
    except (ValueError, TypeError, KeyError) as error:
        raise TableMappingError("TableMappings is not a JSON document with 'rules'") from error
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise TableMappingError("TableMappings.rules is not a list of rules")
    for rule in rules:
        _choice(rule, "rule-type", _RULE_TYPES)
    selections = tuple(_selection(rule) for rule in rules if rule["rule-type"] == "selection")
    if not any(selection.action != "exclude" for selection in selections):
        raise TableMappingError("TableMappings has no selection rule that includes a table")
    _check_ids(rules)
    return TableMappings(
        selections,
        tuple(_transformation(rule) for rule in rules if rule["rule-type"] == "transformation"),
        tuple(_key_rule(rule) for rule in rules if rule["rule-type"] == "object-mapping"),
    )


def pattern(text: str) -> re.Pattern[str]:
    """A locator's name with its wildcards."""
    parts = re.split(r"(\[[%_]\]|[%_])", text)
    return re.compile("".join(_WILDCARDS.get(part) or re.escape(part[1] if part in ("[%]", "[_]") else part) for part in parts), re.DOTALL)


def _check_ids(rules: list[Rule]) -> None:
    ids = [str(rule.get("rule-id")) for rule in rules]
    for rule_id in ids:
        if ids.count(rule_id) > 1 or rule_id == "None":
            raise TableMappingError(f"each rule needs a rule-id of its own; '{rule_id}' is none")


def _selection(rule: Rule) -> Selection:
    _allow(rule, "object-locator", "rule-action", "load-order")
    if rule.get("filters"):
        raise _unsupported(rule, "filters")
    return Selection(_choice(rule, "rule-action", _SELECTIONS), _locator(rule))


def _transformation(rule: Rule) -> Transformation:
    _allow(rule, "object-locator", "rule-action", "rule-target", "value", "old-value")
    action = _choice(rule, "rule-action", tuple(_ACTIONS))
    target = _choice(rule, "rule-target", _TARGETS)
    if action == "remove-column" and target != "column":
        raise _unsupported(rule, f"rule-target '{target}' with rule-action 'remove-column'")
    return Transformation(target, _locator(rule), _ACTIONS[action](rule))


def _key_rule(rule: Rule) -> KeyRule:
    _allow(rule, "object-locator", "rule-action", "mapping-parameters")
    _choice(rule, "rule-action", ("map-record-to-record",))
    parameters = rule.get("mapping-parameters", {})
    for name in parameters:
        if name != "partition-key-type":
            raise _unsupported(rule, f"mapping-parameters '{name}'")
    key_type = parameters.get("partition-key-type", "schema-table")
    if key_type not in PARTITION_KEY_TYPES:
        raise _unsupported(rule, f"partition-key-type '{key_type}'")
    return KeyRule(_locator(rule), key_type)


def _locator(rule: Rule) -> Locator:
    locator = rule.get("object-locator", {})
    for name in locator:
        if name not in {"schema-name", "table-name", "column-name"}:
            raise _unsupported(rule, f"object-locator '{name}'")
    if not isinstance(locator.get("schema-name"), str):
        raise TableMappingError(f"rule {_name(rule)} has no object-locator with a schema-name")
    return Locator(*(pattern(str(locator.get(name, "%"))) for name in ("schema-name", "table-name", "column-name")))


def _allow(rule: Rule, *members: str) -> None:
    for name in rule:
        if name not in {"rule-type", "rule-id", "rule-name", "filters", *members}:
            raise _unsupported(rule, f"'{name}'")


def _choice(rule: Rule, member: str, allowed: tuple[str, ...]) -> str:
    value = rule.get(member)
    if value not in allowed:
        raise _unsupported(rule, f"{member} '{value}'")
    return str(value)


def _value(rule: Rule, member: str = "value") -> str:
    value = rule.get(member)
    if not isinstance(value, str) or not value:
        raise TableMappingError(f"rule {_name(rule)} ({rule.get('rule-action')}) needs a '{member}'")
    return value


def _unsupported(rule: Rule, what: str) -> TableMappingError:
    return TableMappingError(f"rule {_name(rule)}: {what} is not supported")


def _name(rule: Rule) -> str:
    return f"{rule.get('rule-id')} '{rule.get('rule-name', '')}'"


def _rename(rule: Rule) -> Renaming:
    value = _value(rule)
    return lambda _name: value


def _add(rule: Rule, form: Callable[[str, str], str]) -> Renaming:
    value = _value(rule)
    return lambda name: form(name, value)


def _replace_prefix(rule: Rule) -> Renaming:
    old, new = _value(rule, "old-value"), _value(rule)
    return lambda name: new + name.removeprefix(old) if name.startswith(old) else name


def _replace_suffix(rule: Rule) -> Renaming:
    old, new = _value(rule, "old-value"), _value(rule)
    return lambda name: name.removesuffix(old) + new if name.endswith(old) else name


_ACTIONS: dict[str, Callable[[Rule], Renaming]] = {
    "rename": _rename,
    "remove-column": lambda _rule: lambda _name: None,
    "convert-lowercase": lambda _rule: str.lower,
    "convert-uppercase": lambda _rule: str.upper,
    "add-prefix": lambda rule: _add(rule, lambda name, value: value + name),
    "add-suffix": lambda rule: _add(rule, lambda name, value: name + value),
    "remove-prefix": lambda rule: _add(rule, str.removeprefix),
    "remove-suffix": lambda rule: _add(rule, str.removesuffix),
    "replace-prefix": _replace_prefix,
    "replace-suffix": _replace_suffix,
}
