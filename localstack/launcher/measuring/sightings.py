"""Sightings of sessions: how many values one had, seen when; collected by a reader in a thread of its own."""

import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from launcher.errors import LauncherError

_FAILURES_ALLOWED = 5
"""In a row."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A session's count of values as it was seen, at an instant in epoch milliseconds."""

    at_ms: int
    session_id: str
    value_count: int


class Reader(ABC):
    """Looks again and again until its context ends. `sightings` raises what ended it before."""

    def __init__(self, name: str, pause_s: float) -> None:
        self._pause_s = pause_s
        self._seen: list[Sighting] = []
        self._failure: LauncherError | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self.begin()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join(15)

    @abstractmethod
    def begin(self) -> None:
        """Make ready, so that nothing from now on is missed. Raises LauncherError."""

    @abstractmethod
    def look(self) -> dict[str, int]:
        """Counts of values by session, as they are now or as they changed since. Raises LauncherError."""

    def sightings(self) -> list[Sighting]:
        """What was seen so far. Raises LauncherError when the reader could not go on."""
        if self._failure is not None:
            raise LauncherError(f"{self._thread.name}: it could not go on: {self._failure}") from self._failure
        return list(self._seen)

    def _run(self) -> None:
        failures = 0
        while failures < _FAILURES_ALLOWED and not self._stopping.is_set():
            try:
                counts = self.look()
            except LauncherError as error:
                # As a browser does, it comes back, and goes on where it was.
                failures += 1
                self._failure = error if failures == _FAILURES_ALLOWED else None
            else:
                failures = 0
                now_ms = int(time.time() * 1000)
                self._seen += [Sighting(now_ms, session, count) for session, count in counts.items()]
            self._stopping.wait(self._pause_s)
