"""What a rule makes of a payload: forwarding, adding, selecting, and that nothing is altered on the way."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.iot_core.sql import Message, SqlError, UnsupportedFunction, compile_rule

BINARY = b"\x00\x01\xff"
ENRICH = (
    "SELECT *, topic(3) AS tenant_id, topic(4) AS device_id, topic() AS topic, timestamp() AS received_at FROM 'dt/gonio/+/+/telemetry'"
)
ADDED = {"tenant_id": "t", "device_id": "d", "topic": "dt/gonio/t/d/telemetry", "received_at": 17}

JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | st.sampled_from(["topic", "received_at"]), inner, max_size=4)
    ),
    max_leaves=10,
)


def message(payload: bytes = b"{}", topic: str = "dt/gonio/t/d/telemetry", **more: Any) -> Message:
    return Message(topic, payload, "client1", "principal1", "000000000000", 17, "rule1", **more)


def evaluate(sql: str, payload: bytes = b"{}", version: str = "2016-03-23", **more: Any) -> bytes | None:
    return compile_rule(sql, version).evaluate(message(payload, **more))


def value(expression: str, payload: bytes = b"{}", **more: Any) -> Any:
    outgoing = evaluate(f"SELECT {expression} AS v", payload, **more)
    assert outgoing is not None
    return json.loads(outgoing).get("v", "undefined")


@given(st.dictionaries(st.text(), JSON_VALUE))
def test_data_is_added_to_any_object_and_nothing_else_changes(payload: dict[str, Any]) -> None:
    outgoing = evaluate(ENRICH, json.dumps(payload).encode())

    assert outgoing is not None
    assert json.loads(outgoing) == {**payload, **ADDED}


@given(st.binary())
def test_any_payload_is_forwarded_byte_by_byte_by_a_star_alone(payload: bytes) -> None:
    assert evaluate("SELECT *", payload) == payload


@pytest.mark.parametrize(
    "payload",
    [
        BINARY,
        b"not json",
        b"9" * 5000,
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": 1} x',
        b'{"a": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"{'a': 1}",
        b" ",
        b"[" * 300 + b"]" * 300,
    ],
)
def test_what_is_not_json_is_forwarded_raw_although_data_should_be_added(payload: bytes) -> None:
    assert evaluate(ENRICH, payload) == payload


@pytest.mark.parametrize("payload", [b"[1, 2]", b"80", b'"text"', b"null", b"true"])
def test_json_that_is_no_object_is_forwarded_raw_although_data_should_be_added(payload: bytes) -> None:
    assert evaluate(ENRICH, payload) == payload


@pytest.mark.parametrize("payload", [b"", b"{}", b" { } "])
def test_an_empty_payload_gets_the_added_data(payload: bytes) -> None:
    outgoing = evaluate(ENRICH, payload)

    assert outgoing is not None
    assert json.loads(outgoing) == ADDED


def test_an_empty_payload_stays_empty_when_nothing_is_added() -> None:
    assert evaluate("SELECT *, missing AS m", b"") == b""


def test_added_data_replaces_every_occurrence_of_its_key() -> None:
    outgoing = evaluate("SELECT *, 1 AS topic", b'{"topic": "a", "x": 12345678901234567890123, "\\u0074opic": "b"}')

    assert outgoing == b'{"topic":1,"x":12345678901234567890123}'


@pytest.mark.parametrize(
    "number",
    [
        "12345678901234567890123",
        "-9223372036854775809",
        "18446744073709551616",
        "0.12345678901234567890123",
        "1E-400",
        "1234567890.123456789",
        "0.1",
        "-0.0",
        "33.333",
    ],
)
def test_a_number_is_never_altered(number: str) -> None:
    payload = f'{{"a": {number}, "b": [{number}]}}'.encode()

    for outgoing in (
        evaluate("SELECT *, 1 AS c", payload),
        evaluate("SELECT *, 1 AS c, a AS a", payload),
        evaluate("SELECT a, b", payload),
    ):
        assert outgoing is not None
        assert json.loads(outgoing, parse_int=str, parse_float=str)["b"] == [number]


def test_fields_of_a_binary_payload_are_undefined() -> None:
    assert evaluate("SELECT a, timestamp() AS t", BINARY) == b'{"t":17}'
    assert evaluate("SELECT * WHERE device_type = 'thermostat'", BINARY) is None
    assert evaluate("SELECT * WHERE isUndefined(device_type)", BINARY) == BINARY


def test_a_binary_payload_is_encoded_byte_by_byte() -> None:
    assert value("encode(*, 'base64')", BINARY) == base64.b64encode(BINARY).decode()


def test_select_value_of_star_is_the_payload() -> None:
    assert evaluate("SELECT VALUE *", BINARY) == BINARY


def test_an_undefined_value_alone_is_empty() -> None:
    assert evaluate("SELECT VALUE missing") == b""


def test_a_path_as_alias_nests_and_goes_into_what_is_there() -> None:
    assert evaluate("SELECT t AS state.reported.t, 1 AS state.v", b'{"t": 5}') == b'{"state":{"reported":{"t":5},"v":1}}'
    assert evaluate("SELECT *, 1 AS state.v", b'{"state": {"a": 2}}') == b'{"state":{"a":2,"v":1}}'


@pytest.mark.parametrize(
    ("sql", "key"), [("SELECT topic( 3 )", "topic(3)"), ("SELECT a + 1", "a + 1"), ("SELECT o.p", "p"), ("SELECT 'x'", "'x'")]
)
def test_an_item_without_alias_has_its_own_text_as_name(sql: str, key: str) -> None:
    outgoing = evaluate(sql, b'{"a": 1, "o": {"p": 1}}')

    assert outgoing is not None
    assert list(json.loads(outgoing)) == [key]


@pytest.mark.parametrize("condition", ["1", "'true'", "missing", "null", "missing = 1", "missing <> 1", "false"])
def test_only_a_true_condition_lets_a_message_through(condition: str) -> None:
    assert evaluate(f"SELECT * WHERE {condition}") is None


def test_where_knows_no_aliases() -> None:
    assert evaluate("SELECT 5 AS a WHERE a = 5") is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0.1 + 0.2", 0.3),
        ("12345678901234567890 + 1", 12345678901234567891),
        ("7 / 2", 3.5),
        ("6 / 2", 3),
        ("-7 % 3", -1),
        ("1 / 0", "undefined"),
        ("1 % 0", "undefined"),
        ("1E999 * 1E999", "undefined"),
        ("-d", -2.5),
        ("- missing", "undefined"),
        ("1 + 2 * 3", 7),
        ("NOT 1 = 2 AND true OR false", True),
        ("d = 2.5", True),
        ("[1, 2.0, missing] = [1.0, 2]", True),
        ("{'a': 1, 'b': missing} = {'a': 1.0}", True),
        ("'it''s'", "it's"),
        ('"say ""hi"""', 'say "hi"'),
        ("'\\d'", "\\d"),
        ("value", "v"),
        ("end.select", 1),
        ("get(a, 1).v", 2),
        ("get('abc', 1)", "b"),
        ("isUndefined(abs(1, 2))", True),
        ("power(-8, 0.5)", "undefined"),
        ("exp(1000)", "undefined"),
        ("cast('1E400' AS Double)", "undefined"),
        ("cast(-2.5 AS Int)", -3),
        ("round(-2.5)", -3),
        ("trunc(-2.888, 2)", -2.88),
        ("trunc(1E30, 34)", 10**30),
        ("bitnot(13)", -14),
        ("chr(-0.5)", "undefined"),
        ("concat(a, missing, 1)", [{"v": 1}, {"v": 2}, 1]),
        ("concat(1, 2)", "12"),
        ("indexof('abc', 'x')", -1),
        ("regexp_matches('a', '(')", "undefined"),
        ("regexp_replace('abcd', 'b(.*)d', '$1\\')", "ac\\"),
        ("regexp_replace('a', 'a', '$')", "undefined"),
        ("regexp_replace('a', 'a', '$2')", "undefined"),
        ("regexp_substr('a', 'b')", "undefined"),
        ("get_or_default(missing, 3)", 3),
        ("get_or_default(n)", "undefined"),
        ("decode('OD=', 'base64')", None),
        ("decode(5, 'base64')", "undefined"),
        ("encode('a', 'hex')", "undefined"),
        ("topic(9)", "undefined"),
        ("topic('2')", "gonio"),
        ("sourceip()", "undefined"),
        ("accountid()", "000000000000"),
        ("upper(newuuid()) = newuuid()", False),
        ("(SELECT v FROM a WHERE v > 1)", [{"v": 2}]),
        ("(SELECT VALUE v FROM missing)", "undefined"),
        ("(SELECT * FROM a)", [{"v": 1}, {"v": 2}]),
        ("CASE d WHEN 2.5 THEN missing ELSE 1 END", "undefined"),
        ("CASE d WHEN 2 THEN missing ELSE 1 END", 1),
    ],
)
def test_an_expression(expression: str, expected: Any) -> None:
    payload = {"d": 2.5, "value": "v", "end": {"select": 1}, "a": [{"v": 1}, {"v": 2}], "n": None}

    assert value(expression, json.dumps(payload).encode()) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("parse_time(\"yyyy.MM.dd G 'at' HH:mm:ss z\", 100000000, 'America/Belize')", "1970.01.01 AD at 21:46:40 CST"),
        ("parse_time(\"EEEE, d MMM yy h:m a S''\", 1481825251155)", "Thursday, 15 Dec 16 6:7 PM 1'"),
        ("parse_time('yyyy-MM-dd''T''HH:mm:ss.SSSZZ', 1481825251155, 'Europe/Berlin')", "2016-12-15T19:07:31.155+01:00"),
        ("parse_time('yyyy', 0, 'No/Where')", "undefined"),
        ("parse_time('yyyy', 1E30)", "undefined"),
        ("parse_time('Q', 0)", "undefined"),
        ("parse_time('yyyy''', 0)", "undefined"),
        ("time_to_epoch('2020-04-03 09:45:18 UTC+01:00', 'yyyy-MM-dd HH:mm:ss VV')", 1585903518000),
        ("time_to_epoch('18 December 2015', 'dd MMMM yyyy')", 1450396800000),
        ("time_to_epoch('2007-12-03 10:15:30.592 America/Los_Angeles', 'yyyy-MM-dd HH:mm:ss.SSS z')", 1196705730592),
        ("time_to_epoch('12:30 PM', 'hh:mm a')", 45000000),
        ("time_to_epoch('2020-02-30', 'yyyy-MM-dd')", "undefined"),
        ("time_to_epoch('2020', 'dd')", "undefined"),
        ("time_to_epoch('1 Foo', 'd MMM')", "undefined"),
        ("time_to_epoch('10 Z', 'HH z')", 36000000),
    ],
)
def test_a_time(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_functions_do_not_see_the_prefix_of_basic_ingest() -> None:
    assert evaluate("SELECT topic() AS t, topic(1) AS one", topic="$aws/rules/rule1/a/b") == b'{"t":"a/b","one":"a"}'


def test_a_message_over_http_has_no_client_and_no_trace() -> None:
    assert evaluate("SELECT clientid() AS c, traceid() AS t", protocol="http") == b'{"c":"n/a"}'


def test_the_trace_id_and_source_address_are_the_messages() -> None:
    assert evaluate("SELECT traceid() AS t, sourceip() AS s", trace_id="t1", source_ip="10.0.0.1") == b'{"t":"t1","s":"10.0.0.1"}'


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SELECT",
        "SELECT FROM 'a'",
        "SELECT * FROM a/b",
        "SELECT *, FROM 'a'",
        "SELECT * FROM 'a' WHERE",
        "SELECT VALUE a, b FROM 'a'",
        "SELECT a b FROM 'a'",
        "SELECT 'open FROM 'a'",
        "SELECT a /* comment */",
        "SELECT 1x",
        "SELECT @a",
        "SET @a = @b, @b = 1 SELECT *",
        "SELECT cast(a AS Date)",
        "SELECT cast(a)",
        "SELECT upper(a AS Int)",
        "SELECT upper(*)",
        "SELECT CASE a END",
        "SELECT 1E99999999999999999999999",
        "SELECT * FROM 'a/#/b'",
        "SELECT * FROM '$aws/rules/x/y'",
        "SELECT " + "(" * 200 + "NOT " * 200 + "a" + ")" * 200,
        "SELECT " + "NOT " * 5000 + "a",
        "SELECT '\ud800'",
    ],
)
def test_a_statement_that_is_refused(sql: str) -> None:
    with pytest.raises(SqlError):
        compile_rule(sql, "2016-03-23")


@pytest.mark.parametrize("version", ["2015-10-08", "2016-03-23", "2016-03-23-beta", "beta"])
def test_a_version_that_exists(version: str) -> None:
    assert evaluate("SELECT sql_version() AS v", version=version) == f'{{"v":"{version}"}}'.encode()


def test_a_version_that_does_not_exist() -> None:
    with pytest.raises(SqlError):
        compile_rule("SELECT *", "2017-01-01")


@pytest.mark.parametrize("name", ["aws_lambda", "get_thing_shadow", "machinelearning_predict", "md2", "no_such_function"])
def test_an_unsupported_function_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnsupportedFunction, match=name) as refusal:
        compile_rule(f"SELECT {name.upper()}(1) AS v", "2016-03-23")

    assert refusal.value.name == name


@pytest.mark.parametrize("expression", ["encode(*, 'base64')", "[1]", "{'a': 1}", "(SELECT a FROM b)"])
def test_what_came_with_the_newer_version_is_refused_in_the_older(expression: str) -> None:
    with pytest.raises(SqlError, match="2016-03-23"):
        compile_rule(f"SELECT {expression} AS v", "2015-10-08")


@pytest.mark.parametrize(("sql", "topic_filter"), [("SELECT *", None), ("SELECT * FROM 'a/+/#'", "a/+/#"), ('select * from "a"', "a")])
def test_the_topic_filter_of_a_rule(sql: str, topic_filter: str | None) -> None:
    assert compile_rule(sql, "2016-03-23").topic_filter == topic_filter
