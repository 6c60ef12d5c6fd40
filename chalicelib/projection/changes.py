"""A record of the stream `changes`, in AWS DMS's JSON, read as what it changes in the read model.

Source: AWS DMS user guide, "Using Amazon Kinesis Data Streams as a target".
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from chalicelib.domain.errors import PoisonError, ReasonCode
from chalicelib.projection.index import DocumentKey, Operation
from chalicelib.projection.positions import version_at
from chalicelib.projection.rows import TABLES

CONTROL = "control"
"""What a control record is counted as: it tells of tables and tasks, not of rows."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row's change, as an operation on its document."""

    operation: Operation
    committed_at: datetime | None
    """When the transaction was committed; None for rows of a full load, which were long before."""

    @property
    def committed_at_ms(self) -> int | None:
        """The same in epoch milliseconds."""
        return None if self.committed_at is None else round(self.committed_at.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A record that is none of the read model's: `CONTROL`, or the name of a table that it does not show."""

    what: str


class _Metadata(Struct, frozen=True, rename="kebab"):
    record_type: Literal["data", "control"]
    operation: str
    table_name: str = ""
    stream_position: str | None = None
    transaction_record_id: Annotated[int, Meta(ge=0)] | None = None
    commit_timestamp: Annotated[datetime, Meta(tz=True)] | None = None


class _Record(Struct, frozen=True):
    metadata: _Metadata
    data: Raw = Raw(b"null")


_records = msgspec.json.Decoder(_Record)
_encoder = msgspec.json.Encoder()
_keys = {table: msgspec.json.Decoder(key) for table, (key, _) in TABLES.items()}
_rows = {table: msgspec.json.Decoder(row) for table, (_, row) in TABLES.items()}


def read(data: bytes) -> Change | Ignored:
    """The change in a record. Raises `PoisonError` with the first rule that it breaks."""
    try:
        record = _records.decode(data)
    except msgspec.ValidationError as error:
        raise PoisonError(ReasonCode.INVALID_CHANGE, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PoisonError(ReasonCode.NOT_JSON, str(error)) from error
    try:
        return _read(record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # of the row, or of JSON in one of its columns
        raise PoisonError(ReasonCode.INVALID_CHANGE, str(error)) from error


def _read(record: _Record) -> Change | Ignored:
    metadata = record.metadata
    if metadata.record_type == CONTROL:
        return Ignored(CONTROL)
    if metadata.table_name not in TABLES:
        return Ignored(metadata.table_name)
    match metadata.operation:
        case "load":
            return Change(_write(record, is_load=True), None)
        case "insert" | "update":
            return Change(_write(record, is_load=False), metadata.commit_timestamp)
        case "delete":
            return Change(_delete(record), metadata.commit_timestamp)
    raise PoisonError(ReasonCode.INVALID_CHANGE, f"`{metadata.operation[:64]}` is no operation on a row")


def _write(record: _Record, *, is_load: bool) -> Operation:
    row = _rows[record.metadata.table_name].decode(record.data)
    document = _encoder.encode(row.document())
    return Operation(DocumentKey(row.alias, row.document_id), _version(record.metadata), document, is_load)


def _delete(record: _Record) -> Operation:
    key = _keys[record.metadata.table_name].decode(record.data)
    return Operation(DocumentKey(key.alias, key.document_id), _version(record.metadata), None)


def _version(metadata: _Metadata) -> int:
    """AWS's own full load tells no position: then it counts as older than every change, so it adds documents and corrects none."""
    if metadata.stream_position is None and metadata.operation == "load":
        return 0
    if metadata.stream_position is None:
        raise PoisonError(ReasonCode.INVALID_CHANGE, "A change without `stream-position` has no place among the others")
    return version_at(metadata.stream_position, metadata.transaction_record_id)
