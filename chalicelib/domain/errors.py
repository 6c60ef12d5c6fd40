"""Every error that Gonio raises on purpose. Retryable or not is part of the type.

GonioError
├── RetryableError            the same call may succeed later
│   ├── UnavailableError      a service does not answer: fail the batch, it comes again
│   └── ConflictError         two transactions met: repeat at once, a few times
├── PermanentError            the same call can never succeed
│   ├── RefusedError          the database refuses the data
│   ├── FaultError            a fault of Gonio's own that one message brings out
│   └── PoisonError           a record breaks the contract; carries a `Reason`
├── RequestError              a caller's request cannot be honoured
│   ├── InvalidRequestError   it breaks the interface
│   ├── InvalidCursorError    its cursor leads nowhere in the list that it asks for
│   ├── ForbiddenError        its caller's role does not allow it
│   ├── NotFoundError         what it names does not exist
│   ├── TakenError            what it names belongs to another tenant
│   └── NotBuiltError         the interface promises it, and it is not there yet
└── ConfigurationError        a setting is missing or bad: stop at the start
"""

from dataclasses import dataclass
from enum import StrEnum


class GonioError(Exception):
    """Root of the tree."""


class RetryableError(GonioError):
    """The same call may succeed later."""


class UnavailableError(RetryableError):
    """A service does not answer, or not now."""


class ConflictError(RetryableError):
    """A deadlock, a lock wait that ended, or a cluster's certification conflict."""


class PermanentError(GonioError):
    """The same call can never succeed."""


class RefusedError(PermanentError):
    """The database refuses the data itself."""


class FaultError(PermanentError):
    """A fault of Gonio's own that a message brings out; what was raised is its cause."""


class ReasonCode(StrEnum):
    """Why a record is poison. The values are part of the dead-letter message."""

    NOT_JSON = "not_json"
    TOO_LARGE = "too_large"
    INVALID_ENVELOPE = "invalid_envelope"
    UNKNOWN_TOPIC = "unknown_topic"
    UNSUPPORTED_VERSION = "unsupported_version"
    INVALID_TELEMETRY = "invalid_telemetry"
    INVALID_EVENT = "invalid_event"
    INVALID_PRESENCE = "invalid_presence"
    FAR_FUTURE = "far_future"
    REFUSED_BY_DATABASE = "refused_by_database"
    INVALID_CHANGE = "invalid_change"
    REFUSED_BY_INDEX = "refused_by_index"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record is poison: a code for machines, a sentence for people."""

    code: ReasonCode
    message: str


class PoisonError(PermanentError):
    """A record breaks the contract: nothing of it is stored, all of it is kept."""

    def __init__(self, code: ReasonCode, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.reason = Reason(code, message)


class RequestError(GonioError):
    """A caller's request cannot be honoured."""


class InvalidRequestError(RequestError):
    """The request breaks the interface."""


class InvalidCursorError(RequestError):
    """The cursor is none, or one of another list."""


class ForbiddenError(RequestError):
    """The caller's role does not allow the request."""


class NotFoundError(RequestError):
    """What the request names does not exist."""


class TakenError(RequestError):
    """What the request names belongs to another tenant."""


class NotBuiltError(RequestError):
    """The interface promises it, and it is not there yet."""


class ConfigurationError(GonioError):
    """A setting is missing or bad."""
