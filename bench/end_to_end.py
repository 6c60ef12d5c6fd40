"""Everything on this machine, from device to database: how many messages it sustains, and how long one takes.

An instance of its own is brought up, on two cores, and a fleet of twelve devices sends messages of 240 values at a steady rate. The
delay runs from the hand-over to the device's outbox until a query finds the row. It is bounded when it does not grow while the load
goes on: the median of the last third of the run is at most one and a half times the first third's, and a quarter of a second more.
A load as heavy comes before, so that the functions are warm in the first third. A warm start is the second `make up`, whole.

    python -m bench end_to_end
"""

import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.own_instance import VAR, keep_to_two_cores, make
from bench.wanted import status, verdict
from launcher.instance import Instance, open_instance
from launcher.measuring import load
from launcher.measuring.delays import count_of, delays, sessions_sent
from launcher.measuring.live import STORED_P95_MS, await_sightings
from launcher.measuring.load import Load
from launcher.measuring.percentiles import percentile
from launcher.measuring.readings import readings
from launcher.measuring.row_reader import RowReader

DEVICES = 12
VALUES = 240
WARM_START_ALLOWED_S = 30.0
GROWTH, GROWTH_MS = 1.5, 250
WARM_UP = Load(300, 10, DEVICES, shows_progress=False)
USUAL = Load(50, 20, DEVICES, shows_progress=False)
HEAVY = Load(300, 60, DEVICES, shows_progress=False)
HEADER = " messages/s  values/s    sent  stored/sent  median ms  p95 ms  last/first third  wanted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One load's figures; delays in milliseconds, in the order of hand-over."""

    sent: int
    sending_s: float
    delays_ms: Sequence[int]

    @property
    def lost(self) -> str:
        """`missed` when not every message was stored."""
        return verdict(self.sent, len(self.delays_ms))

    @property
    def thirds_ms(self) -> tuple[int, int]:
        """The median delay of the first and of the last third."""
        third = len(self.delays_ms) // 3
        return percentile(self.delays_ms[:third], 50), percentile(self.delays_ms[-third:], 50)

    @property
    def soon(self) -> str:
        """`missed` when the 95th percentile is above what is wanted."""
        return verdict(percentile(self.delays_ms, 95), STORED_P95_MS)

    @property
    def bounded(self) -> str:
        """`missed` when the delay grew while the load went on."""
        first, last = self.thirds_ms
        return verdict(last, GROWTH * first + GROWTH_MS)


def main() -> int:
    """Bring up, measure, print, take down; 1 when a wanted figure was missed."""
    keep_to_two_cores()
    shutil.rmtree(VAR, ignore_errors=True)
    try:
        make("up")
        warm_s = _warm_start_s()
        instance = open_instance(VAR)
        _measure(instance, WARM_UP)
        print(HEADER)
        usual, heavy = _measure(instance, USUAL), _measure(instance, HEAVY)
        _print(usual, f"p95 <= {STORED_P95_MS} ms", usual.lost or usual.soon)
        _print(heavy, f"last <= {GROWTH} first + {GROWTH_MS} ms", heavy.lost or heavy.bounded)
        late = verdict(warm_s, WARM_START_ALLOWED_S)
        print(f"warm make up {warm_s:.1f} s, {warm_s / WARM_START_ALLOWED_S:.2f} of the wanted {WARM_START_ALLOWED_S:.0f} s {late}")
    finally:
        make("down")
    return status((usual.lost, usual.soon, heavy.lost, heavy.bounded, late))


def _print(outcome: Outcome, wanted: str, missed: str) -> None:
    achieved, (first, last) = outcome.sent / outcome.sending_s, outcome.thirds_ms
    p50, p95 = (percentile(outcome.delays_ms, percent) for percent in (50, 95))
    print(
        f"{achieved:>11.0f} {achieved * VALUES:>9.0f} {outcome.sent:>7} {len(outcome.delays_ms) / outcome.sent:>12.3f} {p50:>10}"
        f" {p95:>7} {last / max(1, first):>17.2f}  {wanted} {missed}",
        flush=True,
    )


def _measure(instance: Instance, steady: Load) -> Outcome:
    stack = load.prepare(instance, steady, _silent)
    with readings(instance) as known:
        not_before_ms = known.last_value_ms([load.TENANT]) + 1000
    with RowReader(instance, not_before_ms) as rows:
        folder = VAR / f"fleet-{not_before_ms}"
        sent = sessions_sent(load.send(instance, stack, steady, folder=folder, not_before_ms=not_before_ms))
        await_sightings(sent, [rows])
        found = delays(sent, rows.sightings())
    handed = [at for session in sent.values() for at in session.handed_at_ms]
    return Outcome(count_of(sent), (max(handed) - min(handed)) / 1000, [delay.ms for delay in found])


def _warm_start_s() -> float:
    make("down")
    began = time.monotonic()
    make("up")
    return time.monotonic() - began


def _silent(text: str) -> None:
    """The table is all that is printed."""


if __name__ == "__main__":
    sys.exit(main())
