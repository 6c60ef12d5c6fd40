"""Which tables and names the rules give."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.replication.table_mappings import TableMappingError, TableMappings, parse, pattern

names = st.text(st.sampled_from("ab_%-Z9"), min_size=1, max_size=6)


def rule(kind: str = "selection", action: str = "include", **more: Any) -> dict[str, Any]:
    locator = {"schema-name": "%", "table-name": more.pop("table", "%")} | more.pop("locator", {})
    return {"rule-type": kind, "rule-name": "r", "rule-action": action, "object-locator": locator} | more


def mappings(*rules: dict[str, Any]) -> TableMappings:
    return parse(json.dumps({"rules": [{"rule-id": str(number), **one} for number, one in enumerate(rules)]}))


@given(st.lists(names), st.lists(names), names)
def test_a_table_is_selected_when_some_rule_includes_it_and_none_excludes_it(included: list[str], excluded: list[str], table: str) -> None:
    rules = [rule(table=name) for name in [*included, "never"]] + [rule(action="exclude", table=name) for name in excluded]
    wanted = any(pattern(name).fullmatch(table) for name in included) and not any(pattern(name).fullmatch(table) for name in excluded)
    assert mappings(*rules).selects("s", table) is wanted


@pytest.mark.parametrize(
    ("wildcards", "text", "matches"),
    [
        ("%", "", True),
        ("a%", "abc", True),
        ("a%", "ba", False),
        ("a_c", "abc", True),
        ("a_c", "ac", False),
        ("a[_]c", "abc", False),
        ("a[_]c", "a_c", True),
        ("a.c", "abc", False),
        ("Items", "items", False),
    ],
)
def test_wildcards(wildcards: str, text: str, matches: bool) -> None:
    assert bool(pattern(wildcards).fullmatch(text)) is matches


@pytest.mark.parametrize(
    ("action", "more", "name", "renamed"),
    [
        ("rename", {"value": "other"}, "items", "other"),
        ("add-prefix", {"value": "p_"}, "items", "p_items"),
        ("add-suffix", {"value": "_s"}, "items", "items_s"),
        ("remove-prefix", {"value": "it"}, "items", "ems"),
        ("remove-suffix", {"value": "ms"}, "items", "ite"),
        ("replace-prefix", {"old-value": "it", "value": "x"}, "items", "xems"),
        ("replace-suffix", {"old-value": "s", "value": "x"}, "items", "itemx"),
        ("replace-suffix", {"old-value": "q", "value": "x"}, "items", "items"),
        ("convert-lowercase", {}, "ITEMS", "items"),
        ("convert-uppercase", {}, "items", "ITEMS"),
    ],
)
def test_names_are_transformed(action: str, more: dict[str, str], name: str, renamed: str) -> None:
    given_rules = mappings(rule(), rule("transformation", action, **{"rule-target": "table"}, **more))
    assert given_rules.table_name("s", name) == renamed
    assert given_rules.schema_name("s", name) == "s"


def test_columns_are_renamed_and_removed_where_the_locator_says() -> None:
    given_rules = mappings(
        rule(),
        rule("transformation", "remove-column", table="devices", locator={"column-name": "certificate%"}, **{"rule-target": "column"}),
        rule("transformation", "convert-uppercase", locator={"column-name": "%"}, **{"rule-target": "column"}),
    )
    assert given_rules.column_name("certificate_pem", "s", "devices") is None
    assert given_rules.column_name("certificate_pem", "s", "members") == "CERTIFICATE_PEM"
    assert given_rules.column_name("id", "s", "devices") == "ID"


def test_the_first_object_mapping_that_covers_a_table_gives_its_key_type() -> None:
    mapping = rule("object-mapping", "map-record-to-record", table="items", **{"mapping-parameters": {"partition-key-type": "primary-key"}})
    assert mappings(rule(), mapping).key_type("s", "items") == "primary-key"
    assert mappings(rule(), mapping).key_type("s", "others") is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (rule("table-settings"), "rule-type 'table-settings'"),
        (rule(action="exclude"), "no selection rule that includes"),
        (rule(filters=[{"filter-type": "source"}]), "filters"),
        (rule("transformation", "add-column", **{"rule-target": "column"}), "rule-action 'add-column'"),
        (rule("transformation", "rename", value="x", **{"rule-target": "index"}), "rule-target 'index'"),
        (rule("transformation", "rename", **{"rule-target": "table"}), "needs a 'value'"),
        (rule("transformation", "remove-column", **{"rule-target": "table"}), "remove-column"),
        (rule("transformation", "rename", value="x", expression="$a", **{"rule-target": "table"}), "'expression'"),
        (rule("object-mapping", "map-record-to-document"), "map-record-to-document"),
        (rule("object-mapping", "map-record-to-record", **{"mapping-parameters": {"exclude-columns": []}}), "exclude-columns"),
        (rule("object-mapping", "map-record-to-record", **{"mapping-parameters": {"partition-key-type": "constant"}}), "constant"),
        ({"rule-type": "selection", "rule-action": "include"}, "object-locator"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(wrong: dict[str, Any], named: str) -> None:
    rules = [wrong] if "includes" in named else [rule(), wrong]
    with pytest.raises(TableMappingError, match=named):
        mappings(*rules)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rules": 1}', '{"rules": [1]}'])
def test_what_is_no_table_mapping_is_refused(text: str) -> None:
    with pytest.raises(TableMappingError):
        parse(text)


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(TableMappingError, match="rule-id"):
        parse(json.dumps({"rules": [rule(**{"rule-id": "1"}), rule(**{"rule-id": "1"})]}))
