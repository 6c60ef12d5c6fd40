"""How live the platform is: from a message's hand-over at its device until a search finds it, and until a browser hears of it.

A steady load of sessions is sent, while a reader polls the search and another reads the change feed as a therapist's browser does.
A message has arrived once its session's count of values is at least the count that includes it: sessions count each value once,
so that a later count says as much. The polling's period is part of what is measured.

Usage: python -m launcher.live --var var/bench
"""

import argparse
import json
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from launcher import arrival
from launcher.change_reader import ChangeReader
from launcher.deployment import environment
from launcher.errors import LauncherError
from launcher.instance import APP_PYTHON, ROOT, Instance, open_instance
from launcher.percentiles import percentile
from launcher.search_reader import SearchReader
from launcher.sightings import Sighting

RATE = 50
SECONDS = 10
TENANT = "clinic-north"
SEARCHABLE_P95_MS = 3000
EVENT_P95_MS = 2000
_ARRIVED_WITHIN_S = 60.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Sent:
    """A session as its device sent it: when each message was handed over, and how many values there were with it, both ascending."""

    handed_at_ms: tuple[int, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Liveness:
    """What was measured. Delays in milliseconds, one for each message that arrived."""

    messages: int
    messages_a_second: float
    searchable_ms: tuple[int, ...]
    event_ms: tuple[int, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every message arrived both ways."""
        return len(self.searchable_ms) == len(self.event_ms) == self.messages


def sessions_sent(messages: Iterable[Mapping[str, Any]]) -> dict[str, Sent]:
    """A fleet's report by session, in the order of hand-over."""
    sessions: dict[str, list[tuple[int, int]]] = {}
    for message in messages:
        if message["handed_at"] is not None:
            sessions.setdefault(message["id"].rpartition("-")[0], []).append((message["handed_at"], message["values"]))
    return {name: _sent(sorted(handed)) for name, handed in sessions.items()}


def _sent(handed: list[tuple[int, int]]) -> Sent:
    return Sent(tuple(at for at, _ in handed), tuple(accumulate(values for _, values in handed)))


def delays_ms(sent: Mapping[str, Sent], sightings: Iterable[Sighting]) -> list[int]:
    """For each message that arrived, from its hand-over to the first sighting of a count that includes it."""
    seen: dict[str, list[Sighting]] = {}
    for sighting in sorted(sightings, key=lambda it: it.at_ms):
        known = seen.setdefault(sighting.session_id, [])
        if not known or sighting.value_count > known[-1].value_count:
            known.append(sighting)
    return [delay for name, session in sent.items() for delay in _session_delays(session, seen.get(name, []))]


def _session_delays(sent: Sent, rising: Sequence[Sighting]) -> Iterable[int]:
    for handed_at_ms, count in zip(sent.handed_at_ms, sent.counts, strict=True):
        place = bisect_left(rising, count, key=lambda it: it.value_count)
        if place < len(rising):
            yield rising[place].at_ms - handed_at_ms


def measure(instance: Instance, folder: Path, rate: float = RATE, seconds: float = SECONDS) -> Liveness:
    """Send the load and watch it arrive. `folder` keeps outboxes and the report. Raises LauncherError."""
    stack = json.loads(instance.stack_file.read_text())
    with SearchReader(stack["opensearch_url"]) as search, ChangeReader(stack, TENANT) as events:
        _send(instance, folder, rate, seconds)
        messages = json.loads((folder / "report.json").read_text())["messages"]
        sent = sessions_sent(messages)
        _await(sent, search, events)
    handed = sorted(at for session in sent.values() for at in session.handed_at_ms)
    return Liveness(
        messages=len(messages),
        messages_a_second=(len(handed) - 1) * 1000 / max(1, handed[-1] - handed[0]),
        searchable_ms=tuple(delays_ms(sent, search.sightings())),
        event_ms=tuple(delays_ms(sent, events.sightings())),
    )


def _send(instance: Instance, folder: Path, rate: float, seconds: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stack = json.loads(instance.stack_file.read_text())
    devices = [device["device_id"] for device in stack["devices"] if device["tenant"] == TENANT]
    command = [str(APP_PYTHON), "-m", "iot.fleet", "--stack-file", str(instance.stack_file), "--devices", ",".join(devices), "--sessions"]
    command += ["--rate", str(rate), "--seconds", str(seconds), "--not-before", str(arrival.last_value_ms(instance) + 1000)]
    command += ["--work-dir", str(folder), "--report", str(folder / "report.json")]
    if subprocess.run(command, cwd=ROOT, env=environment(instance), check=False).returncode:
        raise LauncherError(f"live: the load was not sent whole; the gateway's log is {instance.log('gateway')}")


def _await(sent: Mapping[str, Sent], *readers: SearchReader | ChangeReader) -> None:
    """Until both have seen all, or the time is up. Raises LauncherError when a reader ended before."""
    wanted = sum(len(session.counts) for session in sent.values())
    deadline = time.monotonic() + _ARRIVED_WITHIN_S
    while any(len(delays_ms(sent, reader.sightings())) < wanted for reader in readers) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def table(found: Liveness) -> list[str]:
    """The figures, for people: one row a way, beside what is wanted."""
    return [
        f"  {'':<13}{'p50':>8}{'p95':>9}{'wanted':>12}   from the device until",
        _row("searchable", found.searchable_ms, SEARCHABLE_P95_MS)
        + "a search finds its values counted"
        + _missing(found, found.searchable_ms),
        _row("live event", found.event_ms, EVENT_P95_MS)
        + "a browser is told of them, by Server-Sent Events"
        + _missing(found, found.event_ms),
    ]


def _row(name: str, delays: Sequence[int], wanted_ms: int) -> str:
    return f"  {name:<13}{percentile(delays, 50):>5} ms{percentile(delays, 95):>6} ms{f'<= {wanted_ms} ms':>12}   "


def _missing(found: Liveness, delays: Sequence[int]) -> str:
    return f"; {found.messages - len(delays)} of {found.messages} NOT SEEN" if len(delays) < found.messages else ""


def main() -> int:
    """Measure a running instance and print the table; 1 when a message did not arrive."""
    parser = argparse.ArgumentParser(prog="launcher.live", description="Measures how live a running instance is.")
    parser.add_argument("--var", type=Path, default=ROOT / "var")
    parser.add_argument("--rate", type=float, default=RATE, help="messages a second")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parsed = parser.parse_args()
    instance = open_instance(parsed.var)
    try:
        found = measure(instance, instance.folder("live") / time.strftime("%Y%m%d-%H%M%S"), parsed.rate, parsed.seconds)
    except LauncherError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    print(f"{found.messages} messages at {found.messages_a_second:.0f} a second")
    print("\n".join(table(found)))
    return 0 if found.is_complete else 1


if __name__ == "__main__":
    sys.exit(main())
