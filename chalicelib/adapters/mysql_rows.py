"""Many rows in one INSERT, written quicker than by the driver's `executemany`, which takes five calls for each value.

What a value becomes is left to the driver: text to the connection's own escaping, which knows the server's mode.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pymysql.connections import Connection
from pymysql.converters import escape_float
from pymysql.cursors import Cursor

ROWS = ":rows"
"""Stands for the rows in a statement, as in `INSERT INTO t (a, b) VALUES :rows`."""
STATEMENT_CHARACTERS = 1024 * 1024
"""After as many a new statement begins, far below the servers' `max_allowed_packet` of 16 MB and more."""


def insert_rows(cursor: Cursor, statement: str, rows: Iterable[Sequence[object]]) -> None:
    """Executes the statement with rows in place of `ROWS`: once, or more often where there are very many, or never."""
    part: list[str] = []
    size = 0
    for row in _written(cursor, rows):
        part.append(row)
        size += len(row)
        if size >= STATEMENT_CHARACTERS:
            _execute(cursor, statement, part)
            part, size = [], 0
    _execute(cursor, statement, part)


def insert_at_once(cursor: Cursor, statement: str, rows: Iterable[Sequence[object]]) -> None:
    """The same in one statement, so that all rows are inserted or none; for rows that are small."""
    _execute(cursor, statement, list(_written(cursor, rows)))


def _written(cursor: Cursor, rows: Iterable[Sequence[object]]) -> Iterator[str]:
    literals = _literals(cursor.connection)
    return (f"({','.join([literals[type(value)](value) for value in row])})" for row in rows)


def _execute(cursor: Cursor, statement: str, rows: Sequence[str]) -> None:
    if rows:
        cursor.execute(statement.replace(ROWS, ",".join(rows)))


class _Texts(dict[str, str]):
    """Texts as literals; most of them come again in the next row."""

    def __init__(self, connection: "Connection[Any]") -> None:
        super().__init__()
        self._connection = connection

    def __missing__(self, text: str) -> str:
        literal = self[text] = self._connection.escape(text)
        return literal


def _literals(connection: "Connection[Any]") -> dict[type, Callable[[Any], str]]:
    """How values of a type are written; those that come rarely, by the driver's way for all."""
    known: dict[type, Callable[[Any], str]] = {
        str: _Texts(connection).__getitem__,
        int: int.__repr__,
        float: escape_float,
        type(None): lambda _: "NULL",
    }
    return defaultdict(lambda: connection.literal, known)
