"""What the front end needs from outside, beside what `security` and `feed` name."""

from collections.abc import Callable, Mapping
from typing import Protocol

from chalicelib.domain.service_calls import ServiceAnswer, ServiceRequest


class Services(Protocol):
    """The services behind the front end, by name: `query`, `devices`."""

    def begin(self, service: str, request: ServiceRequest, deadline_s: float) -> Callable[[], ServiceAnswer]:
        """Sends a request at once; what it returns waits for the answer, until `deadline_s` after the sending.

        That raises `UnavailableError` when the service did not answer by then, or not in its shape.
        """
        ...


class Log(Protocol):
    """Where the front end writes what happened, with fields beside the sentence."""

    def info(self, message: object, /, *, extra: Mapping[str, object]) -> None:
        """Something that is as it should be."""
        ...

    def warning(self, message: object, /, *, extra: Mapping[str, object]) -> None:
        """Something that someone may want to look at."""
        ...

    def exception(self, message: object, /, *, extra: Mapping[str, object]) -> None:
        """A failure, with the trace of what is being handled."""
        ...
