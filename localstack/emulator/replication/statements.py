"""Statements about tables as the log has them: which table was created, dropped, renamed or emptied. Pure.

Columns are not read from statements: the log describes a table's columns before its rows, and that description is compared.
"""

import re
from dataclasses import dataclass

_NAME = r"(?:`(?:[^`]|``)+`|\"[^\"]+\"|[\w$]+)"
_TABLE = rf"{_NAME}(?:\s*\.\s*{_NAME})?"
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*\n|#[^\n]*\n", re.DOTALL)
_STATEMENT = re.compile(
    rf"\s*(?P<verb>CREATE(?:\s+OR\s+REPLACE)?|DROP|TRUNCATE|RENAME|ALTER(?:\s+(?:ONLINE|IGNORE))*)\s+TABLES?\s+"
    rf"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?P<rest>{_TABLE}.*)",
    re.IGNORECASE | re.DOTALL,
)
_FIRST = re.compile(_TABLE)
_RENAMED = re.compile(rf"\bRENAME\s+(?:TO\s+|AS\s+)?(?!COLUMN\b|INDEX\b|KEY\b)({_TABLE})\s*(?:,|$)", re.IGNORECASE)
_PAIR = re.compile(rf"({_TABLE})\s+TO\s+({_TABLE})", re.IGNORECASE)
_OPERATIONS = {"CREATE": "create-table", "DROP": "drop-table", "TRUNCATE": "truncate-table"}


@dataclass(frozen=True, slots=True)
class TableStatement:
    """What a statement does to a table; `new_table` is (schema, name) after a renaming."""

    operation: str
    schema: str
    table: str
    new_table: tuple[str, str] | None = None


def read_statement(text: str, schema: str) -> list[TableStatement]:
    """The tables that a statement, sent in a schema, creates, drops, renames or empties; none for every other statement."""
    match = _STATEMENT.match(_COMMENT.sub(" ", text))
    if match is None:
        return []
    verb, rest = match["verb"].upper().split()[0], match["rest"]
    if verb == "RENAME":
        return [_renamed(old, new, schema) for old, new in _PAIR.findall(rest)]
    if verb == "ALTER":
        target, first = _RENAMED.search(rest), _FIRST.match(rest)
        return [_renamed(first[0], target[1], schema)] if target and first else []
    tables = _FIRST.findall(rest.split("(")[0]) if verb == "DROP" else _FIRST.findall(rest)[:1]
    names = [name for name in tables if name.upper() not in {"RESTRICT", "CASCADE"}]
    return [TableStatement(_OPERATIONS[verb], *_qualified(name, schema)) for name in names]


def _renamed(old: str, new: str, schema: str) -> TableStatement:
    return TableStatement("rename-table", *_qualified(old, schema), new_table=_qualified(new, schema))


def _qualified(name: str, schema: str) -> tuple[str, str]:
    parts = [_unquoted(part) for part in re.findall(_NAME, name)]
    return (schema, parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`") if name[0] in '`"' else name
