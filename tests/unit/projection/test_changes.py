"""Change records as operations on documents."""

import json
from typing import Any

import pytest

from chalicelib.domain.errors import PoisonError, ReasonCode
from chalicelib.projection.changes import CONTROL, Change, Ignored, read
from chalicelib.projection.index import DocumentKey
from tests.changes import ROWS, change, row

VERSION = 3 << 43 | 4711 << 13 | 2
ROLLUP = {"tenant_id": "t-1", "device_id": "d-1", "metric": "knee_flexion_left", "count": 3, "min": 0.8, "max": 1.1, "sum": 2.8}
EXPECTED: dict[str, tuple[DocumentKey, dict[str, Any]]] = {
    "sessions": (
        DocumentKey("gonio-sessions", "t-1:s-1"),
        {
            "tenant_id": "t-1",
            "session_id": "s-1",
            "member_id": "m-1",
            "exercise": "standing_shoulder_abduction",
            "device_ids": ["d-1", "d-2"],
            "started_at": "2026-11-23T20:08:12.000Z",
            "ended_at": None,
            "first_value_at": "2026-11-23T20:08:12.001Z",
            "last_value_at": "2026-11-23T20:08:13.999Z",
            "value_count": 3,
        },
    ),
    "devices": (
        DocumentKey("gonio-devices", "t-1:d-1"),
        {
            "tenant_id": "t-1",
            "device_id": "d-1",
            "member_id": None,
            "status": "active",
            "registered_at": "2026-11-23T20:08:12.000Z",
        },
    ),
    "device_contacts": (
        DocumentKey("gonio-device-contacts", "t-1:d-1"),
        {
            "tenant_id": "t-1",
            "device_id": "d-1",
            "last_contact_at": "2026-11-23T20:08:12.500Z",
            "battery_percent": 87.5,
            "battery_at": "2026-11-23T20:08:12.000Z",
            "is_online": True,
            "presence_at": "2026-11-23T20:08:12.000Z",
            "presence_version": 4,
        },
    ),
    "members": (
        DocumentKey("gonio-members", "t-1:m-1"),
        {"tenant_id": "t-1", "member_id": "m-1", "named_at": "2026-11-23T20:08:12.000Z"},
    ),
    "hour_rollups": (
        DocumentKey("gonio-rollups-hour", "t-1:d-1:knee_flexion_left:1795464000000"),
        {**ROLLUP, "start_at": "2026-11-23T20:00:00.000Z"},
    ),
    "day_rollups": (
        DocumentKey("gonio-rollups-day", "t-1:d-1:knee_flexion_left:1795464000000"),
        {**ROLLUP, "start_at": "2026-11-23T20:00:00.000Z"},
    ),
}


def _change(data: bytes) -> Change:
    it = read(data)
    assert isinstance(it, Change)
    return it


def _document(data: bytes) -> Any:
    document = _change(data).operation.document
    assert document is not None
    return json.loads(document)


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("operation", ["load", "insert", "update"])
def test_a_row_becomes_its_table_s_document(table: str, operation: str) -> None:
    written = _change(change(table, operation)).operation
    assert (written.key, written.version, _document(change(table, operation))) == (EXPECTED[table][0], VERSION, EXPECTED[table][1])


@pytest.mark.parametrize("table", ROWS)
def test_a_deleted_row_deletes_its_document(table: str) -> None:
    deleted = _change(change(table, "delete")).operation
    assert (deleted.key, deleted.version, deleted.document) == (EXPECTED[table][0], VERSION, None)


def test_a_deleted_row_need_tell_its_key_alone() -> None:
    key = {"tenant_id": "t-1", "session_id": "s-1"}
    assert _change(change("sessions", "delete", key)).operation.key == EXPECTED["sessions"][0]


def test_only_a_load_may_write_over_its_own_version() -> None:
    assert [_change(change("members", it)).operation.is_load for it in ("load", "insert", "update", "delete")] == [
        True,
        False,
        False,
        False,
    ]


def test_a_load_that_tells_no_position_is_older_than_every_change() -> None:
    assert _change(change("members", "load", stream_position=None)).operation.version == 0


def test_changes_in_aws_s_own_form_have_their_places() -> None:
    place = "mysql-bin-changelog.002171.36912.0.36980.0.mysql-bin-changelog.002171.36853"
    records = [change("members", stream_position=place, transaction_id=87978110091475, transaction_record_id=it) for it in (1, 2)]
    assert [_change(it).operation.version for it in records] == [2171 << 43 | 36912 << 13 | it for it in (1, 2)]


def test_a_change_tells_when_it_was_committed_and_a_load_does_not() -> None:
    committed = [_change(change("members", it)).committed_at_ms for it in ("insert", "delete", "load")]
    assert committed == [1_795_503_600_250, 1_795_503_600_250, None]


def test_columns_of_an_older_schema_are_empty() -> None:
    contact = {"tenant_id": "t-1", "device_id": "d-1", "last_contact_ms": None, "battery_percent": None, "battery_at_ms": None}
    assert _document(change("device_contacts", "load", contact))["is_online"] is None


def test_a_session_that_no_device_sent_to_has_no_devices() -> None:
    assert _document(change("sessions", "insert", row("sessions", device_ids=None)))["device_ids"] == []


def test_whole_numbers_are_numbers_with_a_fraction_too() -> None:
    assert _document(change("hour_rollups", "insert", row("hour_rollups", value_sum=3)))["sum"] == 3.0


def test_what_the_read_model_does_not_show_is_ignored() -> None:
    control = json.dumps({"metadata": {"record-type": "control", "operation": "create-table", "table-name": "sessions"}}).encode()
    assert (read(control), read(change("alembic", "insert", {"x": 1}))) == (Ignored(CONTROL), Ignored("alembic"))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(change("members", "upsert"), id="unknown operation"),
        pytest.param(change("members", "insert", record_type="date"), id="unknown type of record"),
        pytest.param(change("members", "insert", {"tenant_id": "t-1"}), id="no key"),
        pytest.param(change("members", "insert", row("members", named_at_ms="2026")), id="a column of another type"),
        pytest.param(change("members", "insert", row("members", named_at_ms=10**15)), id="a time after year 9999"),
        pytest.param(change("members", "insert", row("members", member_id="m:1")), id="an id with a colon"),
        pytest.param(change("sessions", "insert", row("sessions", device_ids='["d-1')), id="a column of broken JSON"),
        pytest.param(change("members", "insert", stream_position=None), id="no position"),
        pytest.param(change("members", "insert", stream_position="7.8"), id="no place in a log"),
        pytest.param(change("members", "insert", commit_timestamp="yesterday"), id="no time"),
        pytest.param(change("members", "insert", transaction_record_id=-1), id="no number of a record"),
        pytest.param(b'{"metadata": {"record-type": "data", "operation": "insert", "table-name": "members"}}', id="no data"),
        pytest.param(change("members").replace(b"m-1", b"m-\xff"), id="an id that is no text"),
        pytest.param(b'{"data": {}}', id="no metadata"),
        pytest.param(b"[]", id="a list"),
    ],
)
def test_a_record_that_breaks_the_contract_is_poison(data: bytes) -> None:
    with pytest.raises(PoisonError) as caught:
        read(data)
    assert caught.value.reason.code is ReasonCode.INVALID_CHANGE


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"data": ' + b"[" * 100_000])
def test_what_is_no_json_is_poison(data: bytes) -> None:
    with pytest.raises(PoisonError) as caught:
        read(data)
    assert caught.value.reason.code is ReasonCode.NOT_JSON
