"""What a table looks like at a moment of its log: columns, types, primary key, and what differs between two such moments."""

from dataclasses import dataclass, field

from pymysqlreplication.constants import FIELD_TYPE

_DMS_TYPES = {
    FIELD_TYPE.TINY: "INT1",
    FIELD_TYPE.SHORT: "INT2",
    FIELD_TYPE.INT24: "INT4",
    FIELD_TYPE.LONG: "INT4",
    FIELD_TYPE.LONGLONG: "INT8",
    FIELD_TYPE.FLOAT: "REAL4",
    FIELD_TYPE.DOUBLE: "REAL8",
    FIELD_TYPE.DECIMAL: "NUMERIC",
    FIELD_TYPE.NEWDECIMAL: "NUMERIC",
    FIELD_TYPE.DATE: "DATE",
    FIELD_TYPE.NEWDATE: "DATE",
    FIELD_TYPE.TIME: "STRING",
    FIELD_TYPE.TIME2: "STRING",
    FIELD_TYPE.DATETIME: "DATETIME",
    FIELD_TYPE.DATETIME2: "DATETIME",
    FIELD_TYPE.TIMESTAMP: "DATETIME",
    FIELD_TYPE.TIMESTAMP2: "DATETIME",
    FIELD_TYPE.YEAR: "INT2",
    FIELD_TYPE.BIT: "BYTES",
    FIELD_TYPE.JSON: "CLOB",
    FIELD_TYPE.GEOMETRY: "BLOB",
}
"""https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.MySQL.html, "Source data types for MySQL"."""

LARGE = frozenset({FIELD_TYPE.TINY_BLOB, FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.LONG_BLOB, FIELD_TYPE.BLOB, FIELD_TYPE.JSON})
"""Types that DMS counts as large objects."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `code` is the protocol's type, `members` a SET's values in the order of their definition."""

    name: str
    code: int
    is_binary: bool = True
    """Whether text may be bytes. What a query answers does not tell before the value is there."""
    members: tuple[str, ...] = field(default=())

    @property
    def dms_type(self) -> str:
        """The type as DMS names it."""
        if self.code in LARGE:
            return "BLOB" if self.is_binary else "CLOB"
        return _DMS_TYPES.get(self.code, "BYTES" if self.is_binary else "WSTRING")


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table's columns in order, and its primary key's columns in the key's order (none without a key)."""

    schema: str
    table: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]

    @property
    def types(self) -> dict[str, str]:
        """DMS's type of each column."""
        return {column.name: column.dms_type for column in self.columns}


@dataclass(frozen=True, slots=True)
class ColumnOperation:
    """A change of a table's columns, in the words of DMS's control records."""

    operation: str
    column: str
    type: str


def column_operations(before: dict[str, str], after: dict[str, str]) -> list[ColumnOperation]:
    """What makes the columns `before` (name to type) those `after`. A renamed column is one dropped and one added."""
    dropped = [ColumnOperation("drop-column", name, kind) for name, kind in before.items() if name not in after]
    added = [ColumnOperation("add-column", name, kind) for name, kind in after.items() if name not in before]
    changed = [ColumnOperation("change-columns", name, kind) for name, kind in after.items() if before.get(name, kind) != kind]
    return dropped + added + changed
