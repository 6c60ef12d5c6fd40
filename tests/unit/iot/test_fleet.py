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
