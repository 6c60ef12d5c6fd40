"""A batch of change records: what is written, what fails, what is kept."""

import pytest

from chalicelib.domain.errors import ReasonCode, UnavailableError
from chalicelib.projection.index import DocumentKey
from chalicelib.projection.positions import version_at
from chalicelib.projection.project import Project
from tests.changes import change_record, row
from tests.fakes.document_index import FakeDocumentIndex
from tests.fakes.ingest import FakeClock, FakeQuarantine
from tests.messages import record

COMMITTED_MS = 1_795_503_600_250
MEMBER = DocumentKey("gonio-members", "t-1:m-1")
SESSION = DocumentKey("gonio-sessions", "t-1:s-1")


@pytest.fixture
def index() -> FakeDocumentIndex:
    return FakeDocumentIndex()


@pytest.fixture
def quarantine() -> FakeQuarantine:
    return FakeQuarantine()


@pytest.fixture
def project(index: FakeDocumentIndex, quarantine: FakeQuarantine) -> Project:
    return Project(index, quarantine, FakeClock(COMMITTED_MS + 750))


def test_the_last_change_of_a_document_is_the_only_one_written(project: Project, index: FakeDocumentIndex) -> None:
    batch = [
        change_record("sessions", "update", row("sessions", value_count=9), stream_position="gonio.000002.100.0"),
        change_record("sessions", "insert", row("sessions", value_count=1), stream_position="gonio.000001.900.0"),
        change_record("sessions", "update", row("sessions", value_count=5), stream_position="gonio.000002.99.7"),
    ]

    report = project.run(batch)

    assert (report.written, len(index.operations), index.documents[SESSION]["value_count"]) == (1, 1, 9)


def test_a_batch_that_comes_again_changes_nothing(project: Project, index: FakeDocumentIndex) -> None:
    batch = [change_record("sessions"), change_record("members")]
    project.run(batch)

    report = project.run(batch)

    assert (report.written, report.superseded, report.failed, len(index.documents)) == (0, 2, None, 2)


def test_latency_is_from_the_commit_to_the_index_and_loads_have_none(project: Project) -> None:
    report = project.run([change_record("sessions"), change_record("members", "load")])
    assert (report.written, report.latencies_ms) == (2, [750])


def test_records_that_are_none_of_the_read_model_s_are_counted(project: Project) -> None:
    control = change_record("members", "create-table", record_type="control")
    report = project.run([control, change_record("alembic", "insert", {"x": 1}), change_record("members")])
    assert (report.ignored, report.written) == ({"control": 1, "alembic": 1}, 1)


def test_poison_is_kept_whole_and_the_rest_flows(project: Project, index: FakeDocumentIndex, quarantine: FakeQuarantine) -> None:
    broken = change_record("members", "insert", {"tenant_id": "t-1", "device_id": "d-1"})

    report = project.run([record(b"{"), broken, change_record("members")])

    kept = [(it.reason.code, it.record.data, it.origin.device_id) for it in quarantine.kept.values()]
    assert kept == [(ReasonCode.NOT_JSON, b"{", None), (ReasonCode.INVALID_CHANGE, broken.data, "d-1")]
    assert (report.failed, report.poison, list(index.documents)) == (None, list(quarantine.kept.values()), [MEMBER])


def test_an_index_that_does_not_answer_fails_the_batch_from_its_first_change_on(project: Project, index: FakeDocumentIndex) -> None:
    index.error = UnavailableError("down")
    control = change_record("members", "create-table", record_type="control")
    batch = [control, change_record("members"), change_record("sessions")]

    report = project.run(batch)

    assert (report.failed, str(report.failure), report.written) == (batch[1], "down", 0)


def test_an_index_without_time_for_a_document_fails_the_batch_from_that_document_s_first_change_on(
    project: Project, index: FakeDocumentIndex
) -> None:
    index.busy = {SESSION}
    batch = [
        change_record("members"),
        change_record("sessions", stream_position="gonio.000001.4.0"),
        change_record("devices"),
        change_record("sessions", stream_position="gonio.000001.5.0"),
    ]

    report = project.run(batch)

    assert (report.failed, report.written, isinstance(report.failure, UnavailableError)) == (batch[1], 2, True)


def test_poison_after_the_failure_is_left_for_the_next_time(project: Project, index: FakeDocumentIndex, quarantine: FakeQuarantine) -> None:
    index.busy = {MEMBER}
    batch = [record(b"first"), change_record("members"), record(b"last")]

    report = project.run(batch)

    assert ([it.record.data for it in quarantine.kept.values()], report.failed) == ([b"first"], batch[1])


def test_a_quarantine_that_does_not_answer_fails_the_batch_from_the_poison_on(project: Project, quarantine: FakeQuarantine) -> None:
    quarantine.error = UnavailableError("no bucket")
    batch = [change_record("members"), record(b"{"), change_record("sessions")]

    report = project.run(batch)

    assert (report.failed, report.failure, report.written) == (batch[1], quarantine.error, 2)


def test_where_the_index_refuses_the_last_change_the_one_before_it_stands(
    project: Project, index: FakeDocumentIndex, quarantine: FakeQuarantine
) -> None:
    batch = [
        change_record("sessions", "update", row("sessions", value_count=count), stream_position=f"gonio.000001.{count}.0")
        for count in (1, 2, 3)
    ]
    index.refused_versions = {version_at("gonio.000001.3.0"), version_at("gonio.000001.2.0")}

    report = project.run(batch)

    kept = [(it.reason.code, it.record) for it in quarantine.kept.values()]
    assert kept == [(ReasonCode.REFUSED_BY_INDEX, batch[1]), (ReasonCode.REFUSED_BY_INDEX, batch[2])]
    assert (report.failed, report.written, index.documents[SESSION]["value_count"]) == (None, 1, 1)


def test_an_empty_batch_is_done(project: Project, index: FakeDocumentIndex) -> None:
    report = project.run([])
    assert (report.records, report.failed, index.operations) == (0, None, [])
