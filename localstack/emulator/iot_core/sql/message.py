"""The message that a rule is evaluated on, and what names in an expression are looked up in."""

from dataclasses import dataclass

from emulator.iot_core.sql.payload import exact, read
from emulator.iot_core.sql.values import UNDEFINED, Value

_UNREAD = object()


@dataclass(frozen=True, slots=True)
class Message:
    """One published message. ``received_at_ms`` is what ``timestamp()`` gives.

    ``topic`` may still have its Basic Ingest prefix: functions do not see it.
    """

    topic: str
    payload: bytes
    client_id: str
    principal: str
    account_id: str
    received_at_ms: int
    rule_name: str = ""
    protocol: str = "mqtt"
    source_ip: str | None = None
    trace_id: str | None = None


class Scope:
    """Where an expression stands: the message, the document that names are looked up in, and the variables of SET.

    The payload is read when it is first asked for: many expressions never do.
    """

    __slots__ = ("_document", "_is_exact", "message", "variables")

    def __init__(self, message: Message, variables: dict[str, Value]) -> None:
        self.message = message
        self.variables = variables
        self._document: Value = _UNREAD
        self._is_exact = False

    @property
    def document_as_read(self) -> Value:
        """The document with large numbers perhaps rounded: enough to see its type and keys."""
        if self._document is _UNREAD:
            self._document = read(self.message.payload)
        return self._document

    @property
    def document(self) -> Value:
        """The document, exact."""
        if not self._is_exact:
            self._document, self._is_exact = exact(self.document_as_read, self.message.payload), True
        return self._document

    def within(self, document: Value) -> "Scope":
        """The same message, with names looked up in ``document``: the scope of a nested query."""
        scope = Scope(self.message, self.variables)
        scope._document, scope._is_exact = document, True
        return scope

    def lookup(self, name: str) -> Value:
        """A field of the document, or Undefined."""
        document = self.document
        return document.get(name, UNDEFINED) if isinstance(document, dict) else UNDEFINED
