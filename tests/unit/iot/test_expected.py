"""What the platform must hold, where messages disagree."""

from dataclasses import replace

from chalicelib.domain import telemetry
from chalicelib.domain.telemetry import Series, Telemetry
from chalicelib.domain.topics import MessageKind
from iot.replay.expected import expected_values
from iot.replay.plan import Plan, PlannedMessage, Sender


def message(label: str, value: float) -> PlannedMessage:
    series = Series(metric="knee_flexion_left", unit="deg", t0=1000, values=[value])
    return PlannedMessage(label, MessageKind.TELEMETRY, 0, telemetry.encode(Telemetry(v=1, id=label, series=[series])), 1)


def test_of_two_messages_for_one_moment_the_one_whose_id_sorts_first_stands_whatever_their_order() -> None:
    plan = Plan(Sender("clinic-a", "knee-1", "ada"), "s", 0, (message("b", 2.0), message("a", 1.0), message("B", 3.0)))
    backwards = replace(plan, messages=plan.messages[::-1])
    assert [value.value for value in expected_values([plan])] == [3.0]
    assert expected_values([backwards]) == expected_values([plan])
