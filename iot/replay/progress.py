"""Shows how a replay goes: a bar at a terminal, a line every second elsewhere."""

import sys
from threading import Event, Thread
from time import monotonic
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from iot.replay.player import Tally

_LINE_EVERY_S = 1.0
_BAR_EVERY_S = 0.2


class Display(Protocol):
    """Shows a state of the counts; `rate` is acknowledged messages a second since the last showing."""

    every_s: float
    """Seconds between showings."""

    def show(self, tally: Tally, rate: float) -> None:
        """Shows the counts."""

    def close(self) -> None:
        """Leaves the screen tidy."""


class LineDisplay:
    """One plain line a showing, at once where it is read."""

    every_s = _LINE_EVERY_S

    def __init__(self, what: str, output: TextIO | None = None) -> None:
        self._what = what
        self._output = output or sys.stdout

    def show(self, tally: Tally, rate: float) -> None:
        """Writes the line."""
        print(f"{self._what}: {_counts(tally)}, {rate:.0f}/s{_problem(tally)}", file=self._output, flush=True)

    def close(self) -> None:
        """Nothing to tidy."""


class BarDisplay:
    """A bar that fills as messages are acknowledged."""

    every_s = _BAR_EVERY_S

    def __init__(self, what: str, console: Console | None = None) -> None:
        columns = (TextColumn(what), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console)
        self._task: TaskID = self._progress.add_task("", total=1)
        self._progress.start()

    def show(self, tally: Tally, rate: float) -> None:
        """Moves the bar."""
        text = f"{_counts(tally)}, {rate:.0f}/s{_problem(tally)}"
        self._progress.update(self._task, total=max(1, tally.planned), completed=tally.acknowledged, description=text)

    def close(self) -> None:
        """Ends the bar's redrawing."""
        self._progress.stop()


def display_for_output(what: str) -> Display:
    """The bar at a terminal, lines elsewhere; `what` names the command."""
    return BarDisplay(what) if sys.stdout.isatty() else LineDisplay(what)


class Watch:
    """Shows a tally at the display's pace while a `with` block runs, and once more at its end."""

    def __init__(self, tally: Tally, display: Display) -> None:
        self._tally = tally
        self._display = display
        self._over = Event()
        self._thread = Thread(target=self._run, name="replay-progress", daemon=True)
        self._seen, self._seen_at = 0, monotonic()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._show()
        self._display.close()

    def _run(self) -> None:
        while not self._over.wait(self._display.every_s):
            self._show()

    def _show(self) -> None:
        now = monotonic()
        rate = (self._tally.acknowledged - self._seen) / max(now - self._seen_at, 1e-3)
        self._seen, self._seen_at = self._tally.acknowledged, now
        self._display.show(self._tally, rate)


def _counts(tally: Tally) -> str:
    return (
        f"{tally.connected}/{tally.devices} devices, sent {tally.handed}/{tally.planned}, "
        f"acknowledged {tally.acknowledged}{f', refused {tally.parked}' if tally.parked else ''}"
    )


def _problem(tally: Tally) -> str:
    """The last problem is worth a look only while something is missing."""
    return f" (last problem: {tally.last_problem})" if tally.last_problem and tally.acknowledged < tally.planned else ""
