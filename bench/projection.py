"""`project` against opensearch-py's bulk of ready documents: how much of the client's rate is left when every rule is kept.

Both write the same documents, with external versions, to one real OpenSearch server, each behind aliases of its own kind:
`project` gets change records of a stream, decodes and checks them, keeps the last change of each document, makes documents and
reads the answer. The counterpart gets ready dictionaries of exactly those documents and gives them to `opensearchpy.helpers.bulk`.
Batches alternate between the two, and so does which of them goes first, so that the machine's moods meet both.

    python -m bench.projection [--profile]
"""

import cProfile
import json
import pstats
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from opensearchpy import OpenSearch, helpers

from chalicelib.adapters.opensearch import connect
from chalicelib.adapters.opensearch_index import OpenSearchDocumentIndex
from chalicelib.adapters.system_clock import SystemClock
from chalicelib.domain.errors import UnavailableError
from chalicelib.domain.records import PoisonRecord, StreamRecord
from chalicelib.projection.changes import Change, read
from chalicelib.projection.project import Project
from infra.search import apply_templates
from tests.changes import change, row

ROOT = Path(__file__).resolve().parent.parent
BATCHES = 36
WARM_UP = 6
DOCUMENTS = 500
"""A batch's documents; an event source mapping's batch of changes is of this order."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the stream tells of: a table, and how many changes each document has within a batch."""

    name: str
    table: str
    changes: int


LOADS = (
    Load("hour rollups, one change each", "hour_rollups", 1),
    Load("sessions, one change each", "sessions", 1),
    Load("hour rollups, three changes each", "hour_rollups", 3),
)


@dataclass(frozen=True, slots=True)
class Result:
    """Documents a second of both in their median batch, and what part of the counterpart's rate `project` reaches."""

    load: str
    project: float
    bare: float

    @property
    def ratio(self) -> float:
        """`project` over the counterpart."""
        return self.project / self.bare


class NoQuarantine:
    """Nothing is poison here."""

    def keep(self, poison: PoisonRecord) -> None:
        """Fails: the benchmark's records keep the contract."""
        raise AssertionError(poison.reason)

    def keep_all(self, poison: Sequence[PoisonRecord]) -> list[UnavailableError | None]:
        """Likewise."""
        assert not poison
        return []


def run(profile: cProfile.Profile | None = None) -> list[Result]:
    """Measures each load on one server."""
    sys.path.insert(0, str(ROOT / "localstack"))  # The launcher is there, which knows how the server runs.
    from tests import opensearch  # noqa: PLC0415

    with opensearch.running(heap_mb=512) as server, closing(connect(server.url, timeout_s=60)) as client:
        apply_templates(server.url, lambda _: None)
        return [_measure(client, load, profile) for load in LOADS]


def main() -> int:
    """Prints the table; with `--profile` also where `project` spends its time."""
    profile = cProfile.Profile() if "--profile" in sys.argv[1:] else None
    print(f"{'documents of':<36}{'project docs/s':>16}{'bulk docs/s':>14}{'ratio':>8}")
    for result in run(profile):
        print(f"{result.load:<36}{result.project:>16,.0f}{result.bare:>14,.0f}{result.ratio:>8.2f}")
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    return 0


def _measure(client: OpenSearch, load: Load, profile: cProfile.Profile | None) -> Result:
    project = Project(OpenSearchDocumentIndex(client), NoQuarantine(), SystemClock())
    seconds: dict[str, list[float]] = {"project": [], "bare": []}
    for number, (ours, theirs) in enumerate(zip(_batches(load, "ours"), _batches(load, "theirs"), strict=True)):
        runs = {"project": lambda: _project(project, ours, profile), "bare": lambda: _bulk(client, theirs)}  # noqa: B023 - called at once
        for name in sorted(runs, reverse=number % 2 == 0):  # Each is as often the first, which wakes the server up.
            seconds[name].append(runs[name]())
    rates = {name: DOCUMENTS / median(it[WARM_UP:]) for name, it in seconds.items()}
    return Result(load.name, rates["project"], rates["bare"])


def _project(project: Project, batch: list[StreamRecord], profile: cProfile.Profile | None) -> float:
    start = perf_counter()
    if profile is not None:
        profile.enable()
    report = project.run(batch)
    if profile is not None:
        profile.disable()
    assert report.written == DOCUMENTS, report.failure
    return perf_counter() - start


def _bulk(client: OpenSearch, batch: list[StreamRecord]) -> float:
    actions = _actions(batch)
    start = perf_counter()
    written, _ = helpers.bulk(client, actions, stats_only=True, chunk_size=len(actions), max_chunk_bytes=100 * 1024 * 1024)
    assert written == DOCUMENTS
    return perf_counter() - start


def _actions(batch: list[StreamRecord]) -> list[dict[str, Any]]:
    """The documents that the batch ends in, ready to be written."""
    actions = {}
    for record in batch:
        it = read(record.data)
        assert isinstance(it, Change)
        assert it.operation.document is not None
        actions[it.operation.key] = {
            "_op_type": "index",
            "_index": it.operation.key.alias,
            "_id": it.operation.key.document_id,
            "version": it.operation.version,
            "version_type": "external",
            "_source": json.loads(it.operation.document),
        }
    return list(actions.values())


def _batches(load: Load, tenant: str) -> Iterator[list[StreamRecord]]:
    """Every fifth batch changes documents that are there; the others tell of new ones."""
    for batch in range(BATCHES):
        numbers = [(batch - batch % 5) * DOCUMENTS + number for number in range(DOCUMENTS)] if batch % 5 == 1 else None
        numbers = numbers or [batch * DOCUMENTS + number for number in range(DOCUMENTS)]
        yield [_record(load, tenant, number, 1 + batch * load.changes + turn) for turn in range(load.changes) for number in numbers]


def _record(load: Load, tenant: str, number: int, event: int) -> StreamRecord:
    own = {"session_id": f"s-{number}"} if load.table == "sessions" else {"start_ms": 1_600_000_000_000 + load.changes + number * 3_600_000}
    data = change(load.table, "update", row(load.table, tenant_id=tenant, **own), stream_position=f"gonio.000001.{event}.{number % 8192}")
    return StreamRecord(data, "shardId-000000000000", str(number), "key", 0)


if __name__ == "__main__":
    sys.exit(main())
