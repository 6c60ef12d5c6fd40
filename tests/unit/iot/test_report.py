"""The journal and the report that is made from it."""

from pathlib import Path

from chalicelib.domain.topics import MessageKind
from iot.replay.journal import Happening, Journal, read_history
from iot.replay.plan import Plan, PlannedMessage, Sender
from iot.replay.report import report

PLAN = Plan(
    Sender("clinic-a", "knee-1", "ada"),
    "s",
    0,
    (
        PlannedMessage("m0", MessageKind.EVENT, 0, b""),
        PlannedMessage("m1", MessageKind.TELEMETRY, 0, b"", 240),
        PlannedMessage("m1", MessageKind.TELEMETRY, 0, b"", 240, "duplicate"),
        PlannedMessage("x", MessageKind.TELEMETRY, 0, b"", 0, "malformed:nan"),
        PlannedMessage("m2", MessageKind.TELEMETRY, 0, b"", 240, "late"),
    ),
)


def test_the_report_joins_plan_and_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    for place in range(4):
        journal.write(Happening.HANDED, "knee-1", place, 1000 + place)
    journal.write(Happening.ACKNOWLEDGED, "knee-1", 0, 1500)
    journal.write(Happening.ACKNOWLEDGED, "knee-1", 1, 2000)
    journal.write(Happening.PARKED, "knee-1", 3, 1700)
    journal.close()
    outcome = report([PLAN], read_history(tmp_path / "journal"))
    assert [(record.handed_at, record.acked_at) for record in outcome.messages] == [
        (1000, 1500),
        (1001, 2000),
        (1002, None),
        (1003, None),
        (None, None),
    ]
    assert outcome.summary == {
        "devices": 1,
        "planned": 5,
        "handed": 4,
        "acknowledged": 2,
        "parked": 1,
        "malformed": 1,
        "duplicates": 1,
        "values": 480,
        "took_ms": 1000,
        "acknowledged_per_second": 2.0,
    }


def test_a_line_that_a_kill_cut_short_is_left_out_and_the_first_note_of_a_message_counts(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b'["handed","knee-1",0,1]\n["handed","knee-1",0,2]\n["acknowledged","knee-1",0,')
    history = read_history(path)
    assert history.handed == {("knee-1", 0): 1}
    assert history.acknowledged == {}
