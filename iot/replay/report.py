"""What a replay leaves behind for machines: one JSON file with a summary and every message."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from iot.replay.expected import expected_values
from iot.replay.journal import History
from iot.replay.plan import Plan

_COUNTED = ("", "late")
"""Messages whose values count: a duplicate's and a malformed one's do not."""


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message and when things happened to it, in epoch milliseconds; None when they did not."""

    id: str
    tenant: str
    device: str
    kind: str
    fault: str
    values: int
    handed_at: int | None
    acked_at: int | None
    parked_at: int | None

    @property
    def is_parked(self) -> bool:
        """Whether the gateway refused it for good."""
        return self.parked_at is not None and self.acked_at is None


@dataclass(frozen=True, slots=True)
class Report:
    """A replay's outcome."""

    messages: tuple[MessageRecord, ...]

    @property
    def summary(self) -> dict[str, Any]:
        """Counts, the time it took, and the rate of acknowledged messages a second."""
        records = self.messages
        handed = [record.handed_at for record in records if record.handed_at is not None]
        acked = [record.acked_at for record in records if record.acked_at is not None]
        took_ms = max(1, max(acked) - min(handed)) if acked and handed else 0
        return {
            "devices": len({record.device for record in records}),
            "planned": len(records),
            "handed": len(handed),
            "acknowledged": len(acked),
            "parked": sum(record.is_parked for record in records),
            "malformed": sum(record.fault.startswith("malformed") for record in records),
            "duplicates": sum(record.fault == "duplicate" for record in records),
            "values": sum(record.values for record in records if record.fault in _COUNTED),
            "took_ms": took_ms,
            "acknowledged_per_second": round(len(acked) * 1000 / max(1, took_ms), 1),
        }


def report(plans: Sequence[Plan], history: History) -> Report:
    """Plans and journal, joined."""
    return Report(tuple(_record(plan, place, history) for plan in plans for place in range(len(plan.messages))))


def write_report(path: Path, outcome: Report) -> None:
    """Writes `{"summary": {...}, "messages": [...]}`."""
    document = {"summary": outcome.summary, "messages": [asdict(record) for record in outcome.messages]}
    _write(path, json.dumps(document, indent=1))


def write_expected(path: Path, plans: Sequence[Plan]) -> None:
    """Writes what `reading_values` must hold: one JSON object a line."""
    _write(path, "".join(json.dumps(asdict(value)) + "\n" for value in expected_values(plans)))


def _record(plan: Plan, place: int, history: History) -> MessageRecord:
    message, device_id = plan.messages[place], plan.sender.device_id
    key = (device_id, place)
    return MessageRecord(
        id=message.label,
        tenant=plan.sender.tenant_id,
        device=device_id,
        kind=message.kind,
        fault=message.fault,
        values=message.values,
        handed_at=history.handed.get(key),
        acked_at=history.acknowledged.get(key),
        parked_at=history.parked.get(key),
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
