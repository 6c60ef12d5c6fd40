"""What the platform must hold after a replay, by the contract alone: every well-formed value once."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import UNSET

from chalicelib.domain import telemetry
from chalicelib.domain.telemetry import Series, Telemetry, measured_at
from chalicelib.domain.topics import MessageKind
from iot.replay.plan import Plan


@dataclass(frozen=True, slots=True, order=True)
class ExpectedValue:
    """A row of the public view `reading_values`; `measured_at_ms` is epoch milliseconds."""

    device_id: str
    metric: str
    measured_at_ms: int
    value: float
    tenant_id: str
    session_id: str


def expected_values(plans: Iterable[Plan]) -> list[ExpectedValue]:
    """Sorted rows. Where messages share device, metric and time, the one whose id sorts first stands (the contract's rule)."""
    chosen: dict[tuple[str, str, int], tuple[str, ExpectedValue]] = {}
    for plan in plans:
        for message in plan.messages:
            if message.kind is MessageKind.TELEMETRY and message.well_formed:
                _choose(plan, telemetry.decode(message.payload), chosen)
    return sorted(value for _, value in chosen.values())


def _choose(plan: Plan, message: Telemetry, chosen: dict[tuple[str, str, int], tuple[str, ExpectedValue]]) -> None:
    for series in message.series:
        for value in _values(plan, message, series):
            key = (value.device_id, value.metric, value.measured_at_ms)
            if key not in chosen or message.id < chosen[key][0]:
                chosen[key] = (message.id, value)


def _values(plan: Plan, message: Telemetry, series: Series) -> list[ExpectedValue]:
    session_id = "" if message.session is UNSET else message.session
    sender = plan.sender
    return [
        ExpectedValue(sender.device_id, series.metric, measured_at(series.t0, series.dt_ms, place), value, sender.tenant_id, session_id)
        for place, value in enumerate(series.values)
    ]
