"""What the front end must answer, told by the database alone: SQL in, the contract's objects out."""

import datetime as dt
import json
from typing import Any

from tests.e2e.local_stack import LocalStack

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
BUCKET_MS = {"minute": 60_000, "hour": HOUR_MS, "day": DAY_MS}


def iso(epoch_ms: int | None) -> str | None:
    """ISO 8601 in UTC with milliseconds."""
    if epoch_ms is None:
        return None
    return (_EPOCH + dt.timedelta(milliseconds=epoch_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def session(stack: LocalStack, session_id: str) -> dict[str, Any]:
    """A session as `GET /sessions/{id}` must tell it."""
    columns = "member_id, exercise, device_ids, started_at_ms, ended_at_ms, first_value_ms, last_value_ms, value_count"
    ((member, exercise, devices, *times, count),) = stack.query(f"SELECT {columns} FROM sessions WHERE session_id = %s", session_id)
    names = ("started_at", "ended_at", "first_value_at", "last_value_at")
    told = dict(zip(names, map(iso, times), strict=True))
    who = {"session_id": session_id, "member_id": member, "exercise": exercise, "device_ids": json.loads(devices)}
    return who | told | {"value_count": count}


def member(stack: LocalStack, member_id: str) -> dict[str, Any]:
    """A member as `GET /members/{id}` must tell it."""
    ((named_at_ms,),) = stack.query("SELECT named_at_ms FROM members WHERE member_id = %s", member_id)
    return {"member_id": member_id, "named_at": iso(named_at_ms)}


def device(stack: LocalStack, device_id: str) -> dict[str, Any]:
    """A device as `GET /devices/{id}` must tell it, but for its presence."""
    columns = "tenant_id, member_id, status, registered_at_ms, last_contact_ms, battery_percent"
    tables = "devices JOIN device_contacts USING (tenant_id, device_id)"
    ((tenant, wearer, status, registered_ms, contact_ms, battery),) = stack.query(
        f"SELECT {columns} FROM {tables} WHERE device_id = %s", device_id
    )
    newest = stack.query(
        "SELECT metric, measured_at, value FROM reading_values JOIN"
        " (SELECT metric, MAX(measured_at) AS measured_at FROM reading_values WHERE device_id = %s GROUP BY metric) AS newest"
        " USING (metric, measured_at) WHERE device_id = %s ORDER BY metric",
        device_id,
        device_id,
    )
    values = [{"metric": metric, "unit": "deg", "measured_at": iso(_ms(at)), "value": value} for metric, at, value in newest]
    registry = {"device_id": device_id, "tenant_id": tenant, "member_id": wearer, "status": status, "registered_at": iso(registered_ms)}
    return registry | {"last_contact_at": iso(contact_ms), "battery_percent": battery, "last_values": values}


def rollups(stack: LocalStack, device_id: str, metric: str, resolution: str, since_ms: int) -> list[dict[str, Any]]:
    """The points of a series by minute, hour or day from an instant on."""
    found = stack.query(
        f"SELECT bucket_start, count, min, max, sum FROM rollup_{resolution}"
        " WHERE device_id = %s AND metric = %s AND bucket_start >= %s ORDER BY bucket_start",
        device_id,
        metric,
        (_EPOCH + dt.timedelta(milliseconds=since_ms)).replace(tzinfo=None),
    )
    return [
        {"at": iso(_ms(at)), "count": count, "min": low, "max": high, "sum": total, "mean": total / count}
        for at, count, low, high, total in found
    ]


def progress(stack: LocalStack, member_id: str) -> list[dict[str, Any]]:
    """A member's days: sessions that began on them with their minutes, and how far the joints of their devices moved."""
    sessions = stack.query(
        "SELECT COALESCE(first_value_ms, started_at_ms), COALESCE(last_value_ms, ended_at_ms), device_ids"
        " FROM sessions WHERE member_id = %s",
        member_id,
    )
    days = sorted({day for began, ended, _ in sessions for day in range(began - began % DAY_MS, ended + 1, DAY_MS)})
    return [_day(stack, day, [row for row in sessions if row[0] < day + DAY_MS and row[1] >= day]) for day in days]


def _day(stack: LocalStack, day_ms: int, sessions: list[Any]) -> dict[str, Any]:
    devices = sorted({name for *_, names in sessions for name in json.loads(names)})
    ranges = stack.query(
        "SELECT metric, MIN(min), MAX(max) FROM rollup_day WHERE device_id IN %s AND bucket_start = %s GROUP BY metric ORDER BY metric",
        devices,
        (_EPOCH + dt.timedelta(milliseconds=day_ms)).replace(tzinfo=None),
    )
    begun = [(began, ended) for began, ended, _ in sessions if began >= day_ms]
    return {
        "day": str(iso(day_ms))[:10],
        "session_count": len(begun),
        "minutes": round(sum(ended - began for began, ended in begun) / 60_000, 2),
        "range_of_motion": [{"metric": metric, "min": low, "max": high, "range": high - low} for metric, low, high in ranges],
    }


def _ms(moment: dt.datetime) -> int:
    return (moment.replace(tzinfo=dt.UTC) - _EPOCH) // dt.timedelta(milliseconds=1)
