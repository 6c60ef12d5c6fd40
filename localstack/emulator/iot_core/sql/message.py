"""The message that a rule is evaluated on, and what names in an expression are looked up in."""

from dataclasses import dataclass

from emulator.iot_core.sql.payload import exact
from emulator.iot_core.sql.values import UNDEFINED, Value


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

    ``source`` is the text of a document that was read fast. Its numbers are read exactly once a name is looked up.
    """

    __slots__ = ("_document", "_source", "message", "variables")

    def __init__(self, message: Message, document: Value, variables: dict[str, Value], source: bytes | None = None) -> None:
        self.message = message
        self.variables = variables
        self._document = document
        self._source = source

    @property
    def document(self) -> Value:
        """The document, exact."""
        if self._source is not None:
            self._document, self._source = exact(self._document, self._source), None
        return self._document

    @property
    def document_as_read(self) -> Value:
        """The document with large numbers perhaps rounded: enough to see its type and keys."""
        return self._document

    def within(self, document: Value) -> "Scope":
        """The same message, with names looked up in ``document``: the scope of a nested query."""
        return Scope(self.message, document, self.variables)

    def lookup(self, name: str) -> Value:
        """A field of the document, or Undefined."""
        document = self.document
        return document.get(name, UNDEFINED) if isinstance(document, dict) else UNDEFINED
