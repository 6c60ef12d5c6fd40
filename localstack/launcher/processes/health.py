"""What serves: a component that supervisord runs and that answers.

Either alone is not enough: what hangs still runs, and what has ended may have left a fresh sign of life.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from launcher.processes.components import Component

_POLL_SECONDS = 0.2

type Process = Mapping[str, Any]
"""Supervisord's view of a program: name, statename, pid, start."""


def serves(component: Component, process: Process | None) -> bool:
    """Whether it runs and answers now."""
    return process is not None and process["statename"] == "RUNNING" and component.is_ready()


def silent(wanted: Iterable[Component], processes: Iterable[Process]) -> Iterator[Component]:
    """Those that do not serve, asked one after the other."""
    by_name = {process["name"]: process for process in processes}
    return (component for component in wanted if not serves(component, by_name.get(component.name)))


def first_silent(wanted: Iterable[Component], processes: Callable[[], Iterable[Process]], within_s: float) -> Component | None:
    """None as soon as all serve; else, when the time is up, one that does not."""
    deadline = time.monotonic() + within_s
    while (found := next(silent(wanted, processes()), None)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return found
