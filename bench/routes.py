"""What a route of the services costs by itself: everything between request and response but for what it waits for.

The routes run in process over stores in memory that are filled with what a busy clinic has. What the stores take is taken
off; what is left is parsing, deciding, assembling and shaping, which waits for nothing: so the processor's time is measured,
which the machine's other work hardly moves. The aim is 5 ms at the 95th percentile; the last column is what part of it a
route takes.

    python -m bench.routes
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import thread_time
from typing import Any

from bench.wanted import status, verdict
from chalicelib.devices.api import FleetApi
from chalicelib.devices.fleet import Fleet
from chalicelib.domain.instants import DAY_MS, iso
from chalicelib.domain.read_model import DAY_ROLLUPS, RollupDocument, document_id
from chalicelib.query.api import QueryApi, Sources
from chalicelib.service.router import Router
from tests.fakes.query_world import THERAPIST, QueryWorld
from tests.messages import NOW_MS, series, telemetry

AIM_MS = 5.0
BEYOND_THE_AIM = "10 minutes of values, 18,000"
"""About a third of a microsecond a value: this much of a chart is beyond what the aim was made for, and is measured alone."""
REQUESTS = 200
SERIES = "/devices/d-000/series"
KNEE = {"metric": "knee_flexion_left", "from": str(NOW_MS)}
ROUTES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("50 sessions", "/sessions", {"exercise": "heel_slide", "from": "2026-01-01"}),
    ("one session", "/sessions/s-010", {}),
    ("50 members", "/members", {}),
    ("progress of 30 days", "/members/m-1/progress", {}),
    ("search", "/search", {"q": "heel"}),
    ("the first page's part", "/home/recent", {}),
    ("1 minute of values, 1,800", SERIES, {**KNEE, "to": str(NOW_MS + 60_000)}),
    ("10 minutes of values, 18,000", SERIES, {**KNEE, "to": str(NOW_MS + 600_000)}),
    ("a day by minute", SERIES, {**KNEE, "resolution": "minute", "to": str(NOW_MS + DAY_MS)}),
    ("50 devices", "/devices", {}),
    ("one device", "/devices/d-000", {}),
)


@dataclass(frozen=True, slots=True)
class Result:
    """A route's own time in milliseconds, and the size of its answer in objects."""

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


@dataclass(slots=True)
class Timed:
    """A store whose calls are timed; `seconds` is how long they took together."""

    store: Any
    seconds: float = field(default=0.0)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.store, name)

        def timed(*arguments: Any) -> Any:
            start = thread_time()
            try:
                return call(*arguments)
            finally:
                self.seconds += thread_time() - start

        return timed


def run() -> list[Result]:
    """Each route's figures."""
    world = _clinic()
    documents, values = Timed(world.documents), Timed(world.series)
    apis = {
        "query": QueryApi(Sources(documents, values, world.clock), _fail),
        "devices": FleetApi(Fleet(documents, values, world.clock), _fail),
    }
    results = []
    for name, path, parameters in ROUTES:
        api = apis["devices" if path.startswith("/devices") and path != SERIES else "query"]
        results.append(_measure(api, (documents, values), name, _request(path, parameters)))
    return results


def main() -> int:
    """Prints the table; 1 when a route misses the aim."""
    results = run()
    print(f"{'route':<32}{'median ms':>12}{'p95 ms':>12}{'of the aim':>12}")
    for result in results:
        print(f"{result.name:<32}{result.median_ms:>12.2f}{result.p95_ms:>12.2f}{result.ratio:>12.2f}  {result.verdict}")
    return status(result.verdict for result in results)


def _measure(api: Router, stores: tuple[Timed, Timed], name: str, request: dict[str, Any]) -> Result:
    own_ms = []
    for _ in range(REQUESTS):
        for store in stores:
            store.seconds = 0.0
        start = thread_time()
        answer = api.handle(request)
        taken = thread_time() - start - sum(store.seconds for store in stores)
        assert answer["status"] == 200, answer
        own_ms.append(taken * 1000)
    return Result(name, median(own_ms), quantiles(own_ms, n=20)[-1])


def _request(path: str, query: dict[str, str]) -> dict[str, Any]:
    return {"method": "GET", "path": path, "query": query, "headers": THERAPIST}


def _clinic() -> QueryWorld:
    world = QueryWorld()
    for number in range(120):
        world.has_member(f"m-{number}")
        world.has_device(f"d-{number:03}", member_id=f"m-{number}")
        world.has_contact(f"d-{number:03}", is_online=True, presence_at=iso(NOW_MS), last_contact_at=iso(NOW_MS))
        began_ms = NOW_MS - number % 30 * DAY_MS
        times = {"started_at": iso(began_ms), "first_value_at": iso(began_ms), "last_value_at": iso(began_ms + 600_000)}
        world.has_session(f"s-{number:03}", member_id="m-1", exercise="heel_slide", device_ids=["d-000", "d-001"], **times)
    for number in range(30 * 2 * 8):
        _roll_up(world, number)
    for minute in range(10):
        parts = [series(t0=NOW_MS + minute * 60_000 + part * 20_000, dt=33.333, values=[1.5] * 600) for part in range(3)]
        world.has_telemetry(telemetry(f"m-{minute}", series=parts), device_id="d-000")
    return world


def _roll_up(world: QueryWorld, number: int) -> None:
    """One of 8 metrics of 2 devices on 30 days."""
    day, device, metric = number // 16, f"d-00{number // 8 % 2}", f"metric_{number % 8}"
    start_at = iso(NOW_MS - NOW_MS % DAY_MS - day * DAY_MS)
    rollup = RollupDocument("t-1", device, metric, start_at, 1000, -1.5, 90.0 + day, 5e4)
    world.documents.put(DAY_ROLLUPS, document_id("t-1", device, metric, start_at), rollup)


def _fail(message: str) -> None:
    raise AssertionError(message)


if __name__ == "__main__":
    sys.exit(main())
