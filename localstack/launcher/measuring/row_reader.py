"""Asks the database for sessions' counts of values, again and again: what it is told was committed."""

from contextlib import ExitStack
from types import TracebackType

from launcher.errors import LauncherError
from launcher.instance import Instance
from launcher.measuring.readings import Readings, readings
from launcher.measuring.sightings import Reader

_PERIOD_S = 0.05


class RowReader(Reader):
    """Sessions in the database, of those whose first value was measured since `since_ms` (epoch milliseconds)."""

    def __init__(self, instance: Instance, since_ms: int) -> None:
        super().__init__("rows", _PERIOD_S)
        self._instance = instance
        self._since_ms = since_ms
        self._open = ExitStack()
        self._readings: Readings | None = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        super().__exit__(kind, error, trace)
        self._open.close()

    def begin(self) -> None:
        """Ask once. Raises LauncherError."""
        self.look()

    def look(self) -> dict[str, int]:
        """The sessions' counts. Raises LauncherError; the next look then begins with a new connection."""
        if self._readings is None:
            self._readings = self._open.enter_context(readings(self._instance))
        try:
            return self._readings.value_counts(self._since_ms)
        except LauncherError:
            self._readings = None
            self._open.close()
            raise
