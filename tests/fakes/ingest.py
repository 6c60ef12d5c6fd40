"""Small ports in memory: clocks, waits, the quarantine."""

from collections.abc import Sequence

from chalicelib.domain.errors import GonioError, UnavailableError
from chalicelib.domain.records import PoisonRecord
from tests.messages import NOW_MS


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self, now_ms: int = NOW_MS + 1000) -> None:
        self.time_ms = now_ms

    def now_ms(self) -> int:
        """See the port."""
        return self.time_ms


class FakeBackoff:
    """Waits for nothing and remembers what it was asked."""

    def __init__(self) -> None:
        self.attempts: list[int] = []

    def wait(self, attempt: int) -> None:
        """See the port."""
        self.attempts.append(attempt)


class FakeQuarantine:
    """Poison records in memory, by their position in the stream; raises `error` while it is set."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], PoisonRecord] = {}
        self.error: GonioError | None = None
        self.refused: set[str] = set()
        """Sequence numbers."""

    def keep(self, poison: PoisonRecord) -> None:
        """See the port."""
        if self.error is not None:
            raise self.error
        self.kept[poison.record.shard_id, poison.record.sequence_number] = poison

    def keep_all(self, poison: Sequence[PoisonRecord]) -> list[UnavailableError | None]:
        """See the port; those of `refused` are never kept."""
        return [self._kept_or_why(it) for it in poison]

    def _kept_or_why(self, poison: PoisonRecord) -> UnavailableError | None:
        try:
            if poison.record.sequence_number in self.refused:
                return UnavailableError("not this one")
            self.keep(poison)
        except UnavailableError as error:
            return error
        return None
