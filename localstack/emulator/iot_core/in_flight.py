"""A bound on the bytes that all connections together have under way to the rules' actions."""

from collections.abc import Callable


class InFlightBytes:
    """Counts bytes; connections that find it exhausted stop reading publishes and are called when there is room again."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._taken_bytes = 0
        self._waiting: dict[Callable[[], None], None] = {}

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be taken."""
        return self._taken_bytes >= self._limit_bytes

    def take(self, size_bytes: int) -> None:
        """Enters bytes that are under way."""
        self._taken_bytes += size_bytes

    def give_back(self, size_bytes: int) -> None:
        """The bytes have arrived; wakes whoever waits."""
        self._taken_bytes -= size_bytes
        if self._waiting and not self.exhausted:
            waiting, self._waiting = self._waiting, {}
            for resume in waiting:
                resume()

    def wait(self, resume: Callable[[], None]) -> None:
        """Calls `resume` once when there is room."""
        self._waiting[resume] = None
