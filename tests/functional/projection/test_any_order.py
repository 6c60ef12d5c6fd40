"""Whatever the order in which a table's changes arrive, the read model ends as the table does."""

import random
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.records import StreamRecord
from chalicelib.projection.index import DocumentKey
from chalicelib.projection.project import Project
from tests.changes import change_record, row
from tests.fakes.document_index import FakeDocumentIndex
from tests.fakes.ingest import FakeClock, FakeQuarantine

SESSION_IDS = [f"s-{number}" for number in range(4)]
STEPS = st.lists(st.one_of(st.just("full load"), st.just("new file"), st.sampled_from(SESSION_IDS)), max_size=25)


@dataclass
class Table:
    """A table of sessions with its binary log: every step is told as records."""

    rows: dict[str, int] = field(default_factory=dict)
    records: list[StreamRecord] = field(default_factory=list)
    file: int = 1
    position: int = 4
    is_aws: bool = False
    """Whether the records have AWS's own metadata."""

    def step(self, what: str, choice: int) -> None:
        """One thing that happens to the table."""
        if what == "new file":
            self.file, self.position = self.file + 1, 4
        elif what == "full load":
            self.records += [self._record("load", it, count, 0) for it, count in self.rows.items()]
        else:
            self._write(what, choice)

    def _write(self, session_id: str, choice: int) -> None:
        """Inserts, updates or deletes one row; an event of several rows tells the same row's changes one after the other."""
        self.position += 1 + choice % 1000
        for place in range(1 + choice % 2):
            if session_id in self.rows and choice % 3 == 0:
                self.records.append(self._record("delete", session_id, self.rows.pop(session_id), place))
            else:
                operation = "update" if session_id in self.rows else "insert"
                self.rows[session_id] = choice + place
                self.records.append(self._record(operation, session_id, choice + place, place))
        self.position += 31  # the end of the transaction, where a snapshot may stand

    def _record(self, operation: str, session_id: str, count: int, place: int) -> StreamRecord:
        values = row("sessions", session_id=session_id, value_count=count)
        return change_record("sessions", operation, values, **self._metadata(operation, place))

    def _metadata(self, operation: str, place: int) -> dict[str, Any]:
        """Where a record is in the log. A load of AWS's does not tell."""
        log = f"gonio.{self.file:06d}"
        if not self.is_aws:
            return {"stream_position": f"{log}.{self.position}.{place}"}
        aws = f"{log}.{self.position}.0.{self.position + 31}.0.{log}.{self.position - 1}"
        return {"stream_position": None if operation == "load" else aws, "transaction_record_id": 1 + place}

    @property
    def documents(self) -> dict[DocumentKey, int]:
        """What the read model should show in the end."""
        return {DocumentKey("gonio-sessions", f"t-1:{it}"): count for it, count in self.rows.items()}


def _table(steps: list[str], chance: random.Random, *, is_aws: bool = False) -> Table:
    table = Table(is_aws=is_aws)
    for what in steps:
        table.step(what, chance.randrange(6000))
    return table


def _project(index: FakeDocumentIndex, records: list[StreamRecord], chance: random.Random) -> None:
    """The records in batches of any size."""
    project = Project(index, FakeQuarantine(), FakeClock())
    while records:
        size = chance.randint(1, 8)
        report = project.run(records[:size])
        assert (report.failed, report.poison) == (None, [])
        records = records[size:]


def _shown(index: FakeDocumentIndex) -> dict[DocumentKey, Any]:
    return {key: document["value_count"] for key, document in index.documents.items()}


@given(STEPS, st.randoms(use_true_random=False), st.booleans())
def test_any_disorder_with_repetitions_converges(steps: list[str], chance: random.Random, is_aws: bool) -> None:
    table, index = _table(steps, chance, is_aws=is_aws), FakeDocumentIndex()
    records = table.records + chance.choices(table.records, k=len(table.records)) if table.records else []
    chance.shuffle(records)

    _project(index, records, chance)

    assert _shown(index) == table.documents


@given(STEPS, st.randoms(use_true_random=False), st.booleans())
def test_a_replay_from_any_point_converges(steps: list[str], chance: random.Random, is_aws: bool) -> None:
    table, index = _table(steps, chance, is_aws=is_aws), FakeDocumentIndex()
    _project(index, table.records, chance)

    _project(index, table.records[chance.randint(0, len(table.records)) :], chance)

    assert _shown(index) == table.documents


@given(STEPS, st.randoms(use_true_random=False))
def test_a_full_load_after_lost_changes_repairs_what_it_shows(steps: list[str], chance: random.Random) -> None:
    table, index = _table(steps, chance), FakeDocumentIndex()
    _project(index, [it for it in table.records if chance.random() < 0.5], chance)
    lost = len(table.records)

    table.step("full load", 0)
    _project(index, table.records[lost:], chance)

    assert table.documents.items() <= _shown(index).items()
