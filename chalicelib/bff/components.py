"""Asking every component how it is: all at once, each with a deadline, and not again for some seconds."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as NotInTimeError
from threading import Lock

from chalicelib.bff.messages import Component, Health
from chalicelib.bff.ports import Log
from chalicelib.ports import Clock

DEADLINE_S = 2.0
KEPT_FOR_MS = 5_000
"""Anyone may ask, so asking often must cost nothing."""

Check = Callable[[], Mapping[str, float]]
"""Answers with a component's figures, and raises when it is not well."""


class Components:
    """The health of the platform's components, by their names."""

    def __init__(self, checks: Mapping[str, Check], executor: Executor, clock: Clock, log: Log) -> None:
        self._checks = checks
        self._executor = executor
        self._clock = clock
        self._log = log
        self._lock = Lock()
        self._last: tuple[int, Health] | None = None

    def health(self) -> Health:
        """How all components are, at most five seconds old."""
        with self._lock:
            now_ms = self._clock.now_ms()
            if self._last is None or not 0 <= now_ms - self._last[0] < KEPT_FOR_MS:
                self._last = (now_ms, self._ask())
            return self._last[1]

    def _ask(self) -> Health:
        asked = {name: self._executor.submit(check) for name, check in self._checks.items()}
        components = [self._component(name, future) for name, future in asked.items()]
        well = all(it.status == "ok" for it in components)
        return Health("ok" if well else "degraded", components)

    def _component(self, name: str, future: "Future[Mapping[str, float]]") -> Component:
        try:
            return Component(name, "ok", dict(future.result(timeout=DEADLINE_S)))
        except NotInTimeError:
            future.cancel()
            self._log.warning("A component did not answer in time", extra={"component": name})
        except Exception:  # noqa: BLE001 - the last resort: whatever a check raises means that the component is not well
            self._log.exception("A component is not well", extra={"component": name})
        return Component(name, "down")
