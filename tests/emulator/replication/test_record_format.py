"""What a row is in the stream."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymysqlreplication.constants import FIELD_TYPE

from emulator.replication import task_settings
from emulator.replication.change_records import created
from emulator.replication.positions import LogPosition
from emulator.replication.record_format import Format, Moment, Record, RowChange, Transaction, stamp
from emulator.replication.shapes import Column, TableShape, column_operations
from emulator.replication.table_mappings import parse

NOW = datetime(2026, 11, 24, 12, 30, 15, 250000, UTC)
POSITION = LogPosition("gonio.000003", 4711)
INCLUDE = {"rule-type": "selection", "rule-id": "1", "rule-action": "include", "object-locator": {"schema-name": "%"}}
ALL = {
    "IncludeTransactionDetails": True,
    "IncludePartitionValue": True,
    "PartitionIncludeSchemaTable": True,
    "IncludeNullAndEmpty": True,
}
SHAPE = TableShape(
    "gonio",
    "items",
    (
        Column("tenant", FIELD_TYPE.VARCHAR, is_binary=False),
        Column("id", FIELD_TYPE.LONGLONG),
        Column("value", FIELD_TYPE.DOUBLE),
        Column("note", FIELD_TYPE.BLOB, is_binary=False),
        Column("at", FIELD_TYPE.DATETIME2),
    ),
    ("tenant", "id"),
)

rows = st.fixed_dictionaries(
    {
        "tenant": st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
        "id": st.integers(-(10**16) + 1, 10**16 - 1),
        "value": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "note": st.none() | st.text(st.characters(codec="utf-8")),
        "at": st.none() | st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)),  # noqa: DTZ001 - as the log gives them
    }
)


def form(kinesis: dict[str, Any] | None = None, settings: dict[str, Any] | None = None, *rules: dict[str, Any]) -> Format:
    task = {"TargetMetadata": {"ParallelApplyThreads": 2}} if settings is None else settings
    return Format(
        parse(json.dumps({"rules": [INCLUDE, *rules]})),
        task_settings.parse(json.dumps(task)),
        task_settings.record_settings(ALL if kinesis is None else kinesis),
        "TASK",
    )


def moment() -> Moment:
    return Moment(POSITION, stamp(NOW), Transaction("0-1-9", datetime(2026, 11, 24, 12, 30, 14, tzinfo=UTC)))


def written(made: Format, *changes: RowChange, shape: TableShape = SHAPE) -> list[tuple[str, dict[str, Any]]]:
    records: list[Record] = list(made.table(shape).changes(changes, moment()))
    return [(record.partition_key, json.loads(record.data)) for record in records]


def row(**values: Any) -> dict[str, Any]:
    return {"tenant": "t", "id": 1, "value": None, "note": None, "at": None} | values


@given(rows)
def test_a_parsed_record_gives_the_row_back(given_row: dict[str, Any]) -> None:
    expected = dict(given_row)
    ((_, document),) = written(form(), RowChange(None, given_row))
    at = document["data"].pop("at")
    assert (at and datetime.fromisoformat(at)) == (expected["at"] and expected["at"].replace(tzinfo=UTC))
    del expected["at"]
    assert document["data"] == expected


def test_an_insertion_is_the_contracts_record() -> None:
    ((key, document),) = written(form(), RowChange(None, row(value=1.5)))
    assert key == "gonio.items.t.1"
    assert document == {
        "data": row(value=1.5),
        "metadata": {
            "timestamp": "2026-11-24T12:30:15.250000Z",
            "record-type": "data",
            "operation": "insert",
            "partition-key-type": "primary-key",
            "partition-key-value": "gonio.items.t.1",
            "schema-name": "gonio",
            "table-name": "items",
            "transaction-id": "0-1-9",
            "transaction-record-id": 1,
            "prev-transaction-id": None,
            "prev-transaction-record-id": 0,
            "commit-timestamp": "2026-11-24T12:30:14.000000Z",
            "stream-position": "gonio.000003.4711.0",
        },
    }


def test_a_loaded_row_has_the_snapshots_position_and_row_0() -> None:
    at = Moment(POSITION, stamp(NOW), read_at=NOW)
    documents = [json.loads(record.data) for record in form().table(SHAPE).load([row(), row(id=2)], at)]
    assert [document["metadata"]["stream-position"] for document in documents] == ["gonio.000003.4711.0"] * 2
    assert {document["metadata"]["operation"] for document in documents} == {"load"}
    assert documents[0]["metadata"]["commit-timestamp"] == "2026-11-24T12:30:15.250000Z"


def test_rows_of_one_event_are_counted_in_the_position_and_the_transaction() -> None:
    metadata = [document["metadata"] for _, document in written(form(), *(RowChange(None, row(id=number)) for number in range(3)))]
    assert [one["stream-position"][-2:] for one in metadata] == [".0", ".1", ".2"]
    assert [one["transaction-record-id"] for one in metadata] == [1, 2, 3]


@given(rows, rows)
def test_an_update_is_one_record_unless_it_changes_the_key(before: dict[str, Any], after: dict[str, Any]) -> None:
    same = (before["tenant"], before["id"]) == (after["tenant"], after["id"])
    operations = [document["metadata"]["operation"] for _, document in written(form(), RowChange(before, after))]
    assert operations == (["update"] if same else ["delete", "insert"])


def test_a_deletion_carries_the_row_that_was() -> None:
    ((key, document),) = written(form(), RowChange(row(note="gone"), None))
    assert (key, document["metadata"]["operation"], document["data"]["note"]) == ("gonio.items.t.1", "delete", "gone")


@pytest.mark.parametrize(
    ("column_filter", "kept"), [("pk-only", {"tenant", "id"}), ("non-lob", {"tenant", "id", "value", "at"}), ("all", set(row()))]
)
def test_a_before_image_holds_what_its_filter_says(column_filter: str, kept: set[str]) -> None:
    image = {"BeforeImageSettings": {"EnableBeforeImage": True, "FieldName": "before-image", "ColumnFilter": column_filter}}
    ((_, document),) = written(form(settings=image), RowChange(row(value=1.0), row(value=2.0)))
    assert set(document["before-image"]) == kept
    assert document["before-image"].get("value", 1.0) == 1.0
    assert document["data"]["value"] == 2.0


def test_null_and_empty_columns_are_left_out_unless_they_are_asked_for() -> None:
    ((_, document),) = written(form(kinesis={}), RowChange(None, row(note="", value=0.0)))
    assert document["data"] == {"tenant": "t", "id": 1, "value": 0.0}


def test_transaction_and_key_are_told_only_when_asked_for() -> None:
    ((key, document),) = written(form(kinesis={}), RowChange(None, row()))
    assert key == "t.1"
    assert set(document["metadata"]) == {"timestamp", "record-type", "operation", "partition-key-type", "schema-name", "table-name"}


def test_changes_are_keyed_by_table_and_loads_by_primary_key_unless_the_settings_say_more() -> None:
    made = form(settings={})
    assert [key for key, _ in written(made, RowChange(None, row()))] == ["gonio.items"]
    loaded = list(made.table(SHAPE).load([row()], moment()))
    assert loaded[0].partition_key == "gonio.items.t.1"


def test_an_object_mapping_gives_the_key_type() -> None:
    rule = {
        "rule-type": "object-mapping",
        "rule-id": "2",
        "rule-action": "map-record-to-record",
        "object-locator": {"schema-name": "%"},
        "mapping-parameters": {"partition-key-type": "primary-key"},
    }
    assert [key for key, _ in written(form(None, {}, rule), RowChange(None, row()))] == ["gonio.items.t.1"]


def test_a_table_without_a_primary_key_is_keyed_by_its_name() -> None:
    shape = TableShape("gonio", "log", (Column("a", FIELD_TYPE.LONG),), ())
    ((key, document),) = written(form(), RowChange(None, {"a": 1}), shape=shape)
    assert key == "gonio.log"
    assert "partition-key-value" not in document["metadata"]


def test_transformed_names_are_the_streams() -> None:
    def transformation(number: int, target: str, action: str, **more: Any) -> dict[str, Any]:
        locator = {"schema-name": "gonio", "table-name": "items", "column-name": more.pop("column", "%")}
        return {
            "rule-type": "transformation",
            "rule-id": str(number),
            "rule-target": target,
            "rule-action": action,
            "object-locator": locator,
            **more,
        }

    made = form(
        None,
        None,
        transformation(2, "schema", "rename", value="clinic"),
        transformation(3, "table", "convert-uppercase"),
        transformation(4, "column", "remove-column", column="note"),
        transformation(5, "column", "rename", column="value", value="degrees"),
    )
    ((key, document),) = written(made, RowChange(None, row(value=2.0)))
    assert document["data"] == {"tenant": "t", "id": 1, "degrees": 2.0, "at": None}
    assert (document["metadata"]["schema-name"], document["metadata"]["table-name"], key) == ("clinic", "ITEMS", "gonio.items.t.1")


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        (FIELD_TYPE.LONGLONG, 1795505025123, "1795505025123"),
        (FIELD_TYPE.LONGLONG, 9999999999999999, "9999999999999999"),
        (FIELD_TYPE.LONGLONG, 18446744073709551615, "1.844674407370955e+19"),
        (FIELD_TYPE.LONGLONG, -(10**17), "-1.000000000000000e+17"),
        (FIELD_TYPE.NEWDECIMAL, Decimal("12.50000"), "12.50000"),
        (FIELD_TYPE.NEWDECIMAL, Decimal("1E+3"), "1000"),
        (FIELD_TYPE.FLOAT, 0.10000000149011612, "0.1"),
        (FIELD_TYPE.DATE, date(2026, 1, 2), '"2026-01-02"'),
        (FIELD_TYPE.DATE, "0000-00-00", "null"),
        (FIELD_TYPE.TIME2, timedelta(days=-1, seconds=82676, microseconds=500000), '"-01:02:03.500000"'),
        (FIELD_TYPE.TIME2, timedelta(hours=100), '"100:00:00"'),
        (FIELD_TYPE.YEAR, 1900, "0"),
        (FIELD_TYPE.BLOB, b"\x00\xff", '"0x00FF"'),
        (FIELD_TYPE.BIT, "000000000101", '"0x0005"'),
        (FIELD_TYPE.BIT, b"\x00\x05", '"0x0005"'),
        (FIELD_TYPE.JSON, {b"a": [1, b"x"]}, '"{\\"a\\": [1, \\"x\\"]}"'),
    ],
)
def test_values_by_type(code: int, value: Any, text: str) -> None:
    shape = TableShape("s", "t", (Column("c", code),), ())
    (record,) = form().table(shape).changes([RowChange(None, {"c": value})], moment())
    assert record.data.startswith(b'{"data":{"c":' + text.encode() + b"}")


def test_large_integers_stay_plain_when_the_endpoint_asks_for_it() -> None:
    shape = TableShape("s", "t", (Column("c", FIELD_TYPE.LONGLONG),), ())
    (record,) = form({"UseLargeIntegerValue": True}).table(shape).changes([RowChange(None, {"c": 10**18})], moment())
    assert record.data.startswith(b'{"data":{"c":1000000000000000000}')


def test_a_set_keeps_the_order_of_its_definition() -> None:
    shape = TableShape("s", "t", (Column("c", FIELD_TYPE.SET, members=("z", "a", "m")),), ())
    ((_, document),) = written(form(), RowChange(None, {"c": {"a", "z"}}), shape=shape)
    assert document["data"] == {"c": "z,a"}


def test_a_creation_tells_columns_and_key_when_control_details_are_asked_for() -> None:
    record = created(form(ALL | {"IncludeControlDetails": True}), SHAPE)
    document = json.loads(record.data)
    assert record.partition_key == "TASK.gonio.items"
    assert document["control"]["table-def"]["columns"]["id"] == {"type": "INT8"}
    assert document["control"]["table-def"]["primary-key"]["columns"] == ["tenant", "id"]
    assert "control" not in json.loads(created(form(), SHAPE).data)


columns = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["INT4", "INT8", "WSTRING"]))


@given(columns, columns)
def test_column_operations_lead_from_one_shape_to_the_other(before: dict[str, str], after: dict[str, str]) -> None:
    state = dict(before)
    for change in column_operations(before, after):
        if change.operation == "drop-column":
            assert state.pop(change.column) == change.type
        else:
            assert (change.operation == "add-column") is (change.column not in state)
            state[change.column] = change.type
    assert state == after
