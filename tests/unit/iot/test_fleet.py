"""The fleet's load, as a plan."""

from pathlib import Path

import pytest

from iot.client.settings import DeviceIdentity
from iot.fleet import Load, fleet_parts
from iot.replay.expected import expected_values

NOW = 1_795_464_492_000


def devices(count: int) -> list[DeviceIdentity]:
    return [DeviceIdentity("clinic-a", f"knee-{number}", Path(), Path()) for number in range(count)]


@pytest.mark.parametrize(("count", "rate", "seconds"), [(1, 10.0, 2.0), (3, 10.0, 2.0), (7, 0.5, 10.0), (20, 50.0, 0.5)])
def test_the_load_is_as_many_messages_as_asked_for_and_no_value_twice_or_in_the_future(count: int, rate: float, seconds: float) -> None:
    plans = [part.plan for part in fleet_parts(devices(count), Load(rate, seconds), NOW)]
    assert sum(len(plan.messages) for plan in plans) == round(rate * seconds)
    values = expected_values(plans)
    assert len(values) == round(rate * seconds) * 240
    assert max(value.measured_at_ms for value in values) <= NOW


def test_the_load_is_spread_evenly_over_time() -> None:
    plans = [part.plan for part in fleet_parts(devices(3), Load(100, 3), NOW)]
    assert sorted(message.due_ms for plan in plans for message in plan.messages) == [number * 10 for number in range(300)]


def test_each_device_sends_one_session_where_sessions_are_asked_for_named_by_its_messages() -> None:
    plans = [part.plan for part in fleet_parts(devices(3), Load(10, 3, has_sessions=True), NOW)]
    values = expected_values(plans)
    assert {(value.device_id, value.session_id) for value in values} == {(plan.sender.device_id, plan.session_id) for plan in plans}
    assert len({plan.session_id for plan in plans}) == 3
    assert all(message.label.rpartition("-")[0] == plan.session_id for plan in plans for message in plan.messages)


def test_values_begin_after_those_that_are_there() -> None:
    plans = [part.plan for part in fleet_parts(devices(2), Load(10, 3, not_before_ms=NOW - 5), NOW)]
    assert min(value.measured_at_ms for value in expected_values(plans)) == NOW - 5
