"""Asking every component how it is: all at once, with one deadline, and not again for some seconds."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, wait
from threading import Lock

from chalicelib.bff.messages import Component, Health
from chalicelib.bff.ports import Log
from chalicelib.ports import Clock

DEADLINE_S = 2.0
"""For all components together."""
KEPT_FOR_MS = 5_000
"""Anyone may ask, so asking often must cost nothing."""

Figures = Mapping[str, float]
Check = Callable[[], Figures]
"""Answers with a component's figures, and raises when it is not well."""


class Components:
    """The health of the platform's components, by their names.

    The executor is theirs alone and has a thread for each, so that a component that hangs takes no other's.
    """

    def __init__(self, checks: Mapping[str, Check], executor: Executor, clock: Clock, log: Log) -> None:
        self._checks = checks
        self._executor = executor
        self._clock = clock
        self._log = log
        self._lock = Lock()
        self._asked: dict[str, Future[Figures]] = {}
        self._last: tuple[int, Health] | None = None

    def health(self) -> Health:
        """How all components are, at most five seconds old."""
        with self._lock:
            now_ms = self._clock.now_ms()
            if self._last is None or not 0 <= now_ms - self._last[0] < KEPT_FOR_MS:
                self._last = (now_ms, self._ask())
            return self._last[1]

    def _ask(self) -> Health:
        """Asks all but those that still owe their last answer: these are down, and not waited for."""
        due = [name for name in self._checks if name not in self._asked or self._asked[name].done()]
        begun = {name: self._executor.submit(self._checks[name]) for name in due}
        self._asked |= begun
        answered, _ = wait(begun.values(), timeout=DEADLINE_S)
        components = [self._component(name, in_time=begun.get(name) in answered) for name in self._checks]
        well = all(it.status == "ok" for it in components)
        return Health("ok" if well else "degraded", components)

    def _component(self, name: str, *, in_time: bool) -> Component:
        if not in_time:
            self._log.warning("A component did not answer in time", extra={"component": name})
            return Component(name, "down")
        try:
            return Component(name, "ok", dict(self._asked[name].result()))
        except Exception:  # noqa: BLE001 - the last resort: whatever a check raises means that the component is not well
            self._log.exception("A component is not well", extra={"component": name})
            return Component(name, "down")
