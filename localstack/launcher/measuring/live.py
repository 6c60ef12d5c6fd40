"""How live the platform is: from a message's hand-over at its device until a query, a search, and a browser know of it.

A steady load of sessions is sent (`load`), while readers ask the database, the search, and the change feed as a therapist's browser
does. Each reader's own period is part of what is measured (`delays`).

Usage: python -m launcher.measuring.live --var var/bench
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LauncherError
from launcher.instance import ROOT, Instance, open_instance
from launcher.measuring import load
from launcher.measuring.change_reader import ChangeReader
from launcher.measuring.delays import Sent, count_of, delays, sessions_sent
from launcher.measuring.load import Load
from launcher.measuring.percentiles import percentile
from launcher.measuring.readings import readings
from launcher.measuring.row_reader import RowReader
from launcher.measuring.search_reader import SearchReader
from launcher.measuring.sightings import Reader
from launcher.stack import Say

STEADY = Load(50, 10)
STORED_P95_MS = 1000
SEARCHABLE_P95_MS = 3000
EVENT_P95_MS = 2000
_ARRIVED_WITHIN_S = 60.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Way:
    """One way to hear of a message: the delays in milliseconds, one for each message that arrived, and what is wanted of them."""

    name: str
    delays_ms: tuple[int, ...]
    wanted_p95_ms: int
    until: str

    @property
    def is_missed(self) -> bool:
        """Whether it is slower than wanted."""
        return percentile(self.delays_ms, 95) > self.wanted_p95_ms


@dataclass(frozen=True, slots=True)
class Liveness:
    """What was measured. Delays in milliseconds, one for each message that arrived."""

    messages: int
    messages_a_second: float
    stored_ms: tuple[int, ...]
    searchable_ms: tuple[int, ...]
    event_ms: tuple[int, ...]

    @property
    def ways(self) -> tuple[Way, ...]:
        """From the nearest to the farthest."""
        return (
            Way("stored", self.stored_ms, STORED_P95_MS, "a query of the database finds its values counted"),
            Way("searchable", self.searchable_ms, SEARCHABLE_P95_MS, "a search finds its values counted"),
            Way("live event", self.event_ms, EVENT_P95_MS, "a browser is told of them, by Server-Sent Events"),
        )

    @property
    def is_complete(self) -> bool:
        """Whether every message arrived each way."""
        return all(len(way.delays_ms) == self.messages for way in self.ways)

    @property
    def is_as_wanted(self) -> bool:
        """Whether every message arrived, and as soon as it should."""
        return self.is_complete and not any(way.is_missed for way in self.ways)


def measure(instance: Instance, steady: Load, folder: Path, say: Say) -> Liveness:
    """Send the load and watch it arrive. `folder` keeps outboxes and the report. Raises LauncherError."""
    stack = load.prepare(instance, steady, say)
    with readings(instance) as known:
        not_before_ms = known.last_value_ms([load.TENANT]) + 1000
    say(f"{load.TENANT} sends {steady.rate:g} messages a second for {steady.seconds:g} s, while rows, search and live events are watched")
    with (
        RowReader(instance, not_before_ms) as rows,
        SearchReader(stack["opensearch_url"]) as search,
        ChangeReader(stack, load.TENANT) as events,
    ):
        sent = sessions_sent(load.send(instance, stack, steady, folder=folder, not_before_ms=not_before_ms))
        await_sightings(sent, [rows, search, events])
    handed = sorted(at for session in sent.values() for at in session.handed_at_ms)
    return Liveness(
        count_of(sent),
        (len(handed) - 1) * 1000 / max(1, handed[-1] - handed[0]),
        *(tuple(delay.ms for delay in delays(sent, reader.sightings())) for reader in (rows, search, events)),
    )


def await_sightings(sent: Mapping[str, Sent], readers: Sequence[Reader], within_s: float = _ARRIVED_WITHIN_S) -> None:
    """Until each reader has seen all, or the time is up. Raises LauncherError when a reader ended before."""
    deadline = time.monotonic() + within_s
    while any(len(delays(sent, reader.sightings())) < count_of(sent) for reader in readers) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def table(found: Liveness) -> list[str]:
    """The figures, for people: one row a way, beside what is wanted."""
    return [f"  {'':<13}{'p50':>8}{'p95':>9}{'wanted':>12}{'':>8}   from the device until", *_rows(found)]


def _rows(found: Liveness) -> Iterator[str]:
    for way in found.ways:
        p50, p95 = (percentile(way.delays_ms, percent) for percent in (50, 95))
        verdict = "missed" if way.is_missed else ""
        unseen = found.messages - len(way.delays_ms)
        missing = f"; {unseen} of {found.messages} NOT SEEN" if unseen else ""
        yield f"  {way.name:<13}{p50:>5} ms{p95:>6} ms{f'<= {way.wanted_p95_ms} ms':>12}{verdict:>8}   {way.until}{missing}"


def main() -> int:
    """Measure a running instance and print the table; 1 when a message did not arrive."""
    parser = argparse.ArgumentParser(prog="launcher.measuring.live", description="Measures how live a running instance is.")
    parser.add_argument("--var", type=Path, default=ROOT / "var")
    parser.add_argument("--rate", type=float, default=STEADY.rate, help="messages a second")
    parser.add_argument("--seconds", type=float, default=STEADY.seconds)
    parser.add_argument("--as-wanted", action="store_true", help="end with 1 also when a figure is missed")
    parsed = parser.parse_args()
    instance = open_instance(parsed.var)
    folder = instance.folder("live") / time.strftime("%Y%m%d-%H%M%S")
    try:
        found = measure(instance, Load(parsed.rate, parsed.seconds), folder, lambda text: print(f"  live · {text}", flush=True))
    except LauncherError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    print(f"{found.messages} messages at {found.messages_a_second:.0f} a second")
    print("\n".join(table(found)))
    return 0 if (found.is_as_wanted if parsed.as_wanted else found.is_complete) else 1


if __name__ == "__main__":
    sys.exit(main())
