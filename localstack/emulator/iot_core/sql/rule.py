"""A rule's statement, compiled, and the outgoing payload that it makes of a message."""

from emulator.iot_core.sql.ast import Statement
from emulator.iot_core.sql.compiler import VERSIONS, Compiler
from emulator.iot_core.sql.errors import SqlError
from emulator.iot_core.sql.message import Message, Scope
from emulator.iot_core.sql.parser import parse_expression, parse_statement
from emulator.iot_core.sql.payload import splice, write
from emulator.iot_core.sql.selection import Evaluate, Selected
from emulator.iot_core.topics import InvalidTopic, check_topic_filter


class CompiledRule:
    """A statement, ready to be evaluated. ``topic_filter``: its FROM, None for a rule that only Basic Ingest reaches."""

    def __init__(self, statement: Statement, version: str) -> None:
        defined: set[str] = set()
        self._compiler = Compiler(version, defined)
        self.version = version
        self.topic_filter = statement.topic_filter
        self._assignments: list[tuple[str, Evaluate]] = []
        for name, expression in statement.assignments:
            self._assignments.append((name, self._compiler.compile(expression)))
            defined.add(name)
        self._where = self._compiler.compile(statement.where) if statement.where is not None else None
        self._selected = Selected(statement.selection, self._compiler.compile)

    def evaluate(self, message: Message) -> bytes | None:
        """The outgoing payload, or None when WHERE is not true. Whether the topic matches is the caller's to ask."""
        scope = self.scope(message)
        if self._where is not None and self._where(scope) is not True:
            return None
        if self._selected.single is not None:
            return write(self._selected.single(scope))
        if not self._selected.star:
            return write(self._selected.added(scope))
        return self._everything(scope)

    def scope(self, message: Message) -> Scope:
        """Where this rule's expressions stand for ``message``: its original payload, and what SET makes of it."""
        scope = Scope(message, {})
        for name, expression in self._assignments:
            scope.variables[name] = expression(scope)
        return scope

    def compile_expression(self, text: str) -> Evaluate:
        """An expression of this rule's substitution templates. Raises SqlError."""
        return self._compiler.compile(parse_expression(text))

    def _everything(self, scope: Scope) -> bytes:
        """``*``: the payload's own bytes, with data added when it is a JSON object or empty (page "Working with binary payloads").

        A payload that is not JSON, or is JSON but no object, has no place for more and stays as it is.
        """
        payload, document = scope.message.payload, scope.document_as_read
        if payload and not isinstance(document, dict):
            return payload
        added = self._selected.added(scope)
        if not added or not isinstance(document, dict):
            return write(added) if added else payload
        if not document:
            return write(added)
        if document.keys().isdisjoint(added):
            return splice(payload, added)
        whole = scope.document
        return write(self._selected.over(whole if isinstance(whole, dict) else {}, scope))


def compile_rule(sql: str, version: str) -> CompiledRule:
    """Read a rule's SQL. Raises SqlError: bad syntax, version or FROM filter; UnsupportedFunction names its function."""
    if version not in VERSIONS:
        raise SqlError(f"SQL version {version!r} is not one of {', '.join(sorted(VERSIONS))}")
    statement = parse_statement(sql)
    if statement.topic_filter is not None:
        try:
            check_topic_filter(statement.topic_filter)
        except InvalidTopic as error:
            raise SqlError(f"FROM {statement.topic_filter!r}: {error}") from error
    return CompiledRule(statement, version)
