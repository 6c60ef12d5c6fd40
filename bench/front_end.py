"""What the front end costs a request by itself: from Chalice's event to its response, with services that answer at once.

Reading the event, verifying the token, deciding, reading a service's answer into its type and writing it out. It waits for
nothing, so the processor's time is measured. The aim is 5 ms at the 95th percentile; the last column is what part of it a
route takes.

    python -m bench.front_end
"""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from statistics import median, quantiles
from time import process_time
from typing import Any

from bench.wanted import status, verdict
from tests.fakes.front_end import Browser, World

AIM_MS = 5.0
BEYOND_THE_AIM = "18,000 values"
"""About a third of a microsecond a value: this much of a chart is beyond what the aim was made for, and is measured alone."""
REQUESTS = 200
ROUTES = {
    "who am I": "/session",
    "one session": "/sessions/s-1",
    "50 devices": "/devices",
    "the first page": "/home",
    "1,800 values": "/devices/d-1/series?metric=knee",
    "18,000 values": "/devices/d-2/series?metric=knee",
    "a position of the change feed": "/events",
}


@dataclass(frozen=True, slots=True)
class Result:
    """A route's own time in milliseconds."""

    name: str
    median_ms: float
    p95_ms: float

    @property
    def ratio(self) -> float:
        """Of the aim."""
        return self.p95_ms / AIM_MS

    @property
    def verdict(self) -> str:
        """`missed` when it is above its aim."""
        return "" if self.name == BEYOND_THE_AIM else verdict(self.p95_ms, AIM_MS)


def run() -> list[Result]:
    """Each route's figures."""
    with closing(World()) as world:
        world.services.answers |= _answers()
        browser = world.browser()
        browser.sign_in()
        return [_measured(name, _request(browser, path)) for name, path in ROUTES.items()]


def main() -> int:
    """Prints the table; 1 when a route misses the aim."""
    results = run()
    print(f"{'route':<32}{'median ms':>12}{'p95 ms':>12}{'of the aim':>12}")
    for result in results:
        print(f"{result.name:<32}{result.median_ms:>12.2f}{result.p95_ms:>12.2f}{result.ratio:>12.2f}  {result.verdict}")
    return status(result.verdict for result in results)


def _request(browser: Browser, path: str) -> Callable[[], int]:
    return lambda: browser.ask("GET", path).status


def _measured(name: str, request: Callable[[], int]) -> Result:
    taken_ms = []
    for _ in range(REQUESTS):
        start = process_time()
        status = request()
        taken_ms.append((process_time() - start) * 1000)
        assert status == 200
    return Result(name, median(taken_ms), quantiles(taken_ms, n=20)[-1])


def _answers() -> dict[str, Any]:
    """What the services answer, by path."""
    at = "2026-11-24T07:00:00.000Z"
    device: dict[str, Any] = {"device_id": "d-1", "tenant_id": "clinic-north", "member_id": "m-1", "status": "active", "registered_at": at}
    device |= {"last_contact_at": at, "battery_percent": 81.0, "presence": {"online": True, "since": at}}
    session: dict[str, Any] = {"session_id": "s-1", "member_id": "m-1", "exercise": "heel_slide", "device_ids": ["d-1"], "started_at": at}
    session |= {"ended_at": at, "first_value_at": at, "last_value_at": at, "value_count": 1800}
    counts = {"devices": 50, "devices_online": 20, "sessions_today": 10}
    return {
        "/devices": {"items": [device] * 50, "next_cursor": "c"},
        "/sessions/s-1": session,
        "/home/recent": {"sessions": [session] * 10, "counts": counts},
        "/devices/d-1/series": _series(at, 1800),
        "/devices/d-2/series": _series(at, 18_000),
    }


def _series(at: str, count: int) -> str:
    """As the service answers: JSON that is written out."""
    points = [{"at": at, "value": number * 0.1} for number in range(count)]
    span = {"from": at, "to": at, "truncated": False, "next_from": None}
    return json.dumps({"device_id": "d-1", "metric": "knee", "unit": "deg", "resolution": "raw", "points": points, **span})


if __name__ == "__main__":
    sys.exit(main())
