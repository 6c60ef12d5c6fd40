"""What the stand-in for the API knows: users, devices, members, sessions, raw series, and the events that browsers hear."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.browser.sign_ins import SignIn, SignIns, User

type Document = dict[str, Any]

PASSWORD = "correct-horse-7"


THERAPIST = User("therapist@clinic-north.example", "therapist", "clinic-north")
OPERATOR = User("operator@gonio.example", "operator", None)


def iso(epoch_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds, as the API writes times."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Clinic:
    """The state behind the stand-in; tests change it through these methods, and browsers see it."""

    users: dict[str, User] = field(default_factory=lambda: {user.email: user for user in (THERAPIST, OPERATOR)})
    sign_ins: SignIns = field(default_factory=SignIns)
    devices: dict[str, Document] = field(default_factory=dict)
    members: dict[str, Document] = field(default_factory=dict)
    sessions: dict[str, Document] = field(default_factory=dict)
    points: dict[tuple[str, str], list[Document]] = field(default_factory=dict)
    events: list[tuple[str, Document]] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    refuse_sign_in_for_s: int | None = None
    refuses_refresh: bool = False
    lives_for_s: int = 3600
    largest_answer: int = 50_000
    requests: list[tuple[str, str]] = field(default_factory=list)
    series_asked: list[tuple[str, str]] = field(default_factory=list)
    """Metric, and from when on."""
    heard: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def open_session(self, email: str, password: str) -> SignIn | None:
        """A new sign-in, or None for a wrong pair."""
        user = self.users.get(email)
        return None if user is None or password != PASSWORD else self.sign_ins.begin(user)

    def end_sessions(self) -> None:
        """As when every session was revoked elsewhere."""
        self.sign_ins.remove_all()
        self.notify()

    def let_tokens_end(self) -> None:
        """The ID tokens end, and their sessions wait to be renewed; whoever listens is refused."""
        self.sign_ins.let_tokens_end()
        self.notify()

    def asked(self, method: str, path: str) -> int:
        """How often that was asked."""
        return self.requests.count((method, path))

    def add_device(self, device_id: str, **more: object) -> None:
        """A device of the clinic."""
        self.devices[device_id] = {
            "device_id": device_id,
            "tenant_id": "clinic-north",
            "member_id": None,
            "status": "active",
            "registered_at": "2026-11-01T08:00:00.000Z",
            "last_contact_at": None,
            "battery_percent": None,
            "presence": {"online": False, "since": None},
            **more,
        }

    def add_session(self, session_id: str, **more: object) -> None:
        """A session without values."""
        empty = dict.fromkeys(("member_id", "exercise", "started_at", "ended_at", "first_value_at", "last_value_at"))
        self.sessions[session_id] = {"session_id": session_id, "device_ids": [], "value_count": 0, **empty, **more}

    def add_values(self, session_id: str, device_id: str, first_ms: int, values: dict[str, list[float]]) -> None:
        """Values 100 ms apart for each metric; the session and its last times follow, and browsers hear of it."""
        for metric, numbers in values.items():
            known = self.points.setdefault((device_id, metric), [])
            known.extend({"at": iso(first_ms + 100 * place), "value": number} for place, number in enumerate(numbers))
            known.sort(key=lambda point: str(point["at"]))
        first, last = iso(first_ms), iso(first_ms + 100 * (max(map(len, values.values())) - 1))
        session = self.sessions[session_id]
        self.change_session(
            session_id,
            device_ids=sorted({*session["device_ids"], device_id}),
            first_value_at=min(session["first_value_at"] or first, first),
            last_value_at=max(session["last_value_at"] or last, last),
            value_count=session["value_count"] + sum(map(len, values.values())),
        )

    def change_session(self, session_id: str, **changes: object) -> None:
        """Change a session, and tell."""
        self.sessions[session_id] = {**self.sessions[session_id], **changes}
        self.tell("session.updated", self.sessions[session_id])

    def set_presence(self, device_id: str, *, online: bool, battery: int | None = None) -> None:
        """A device came or went, and browsers hear of it as change data capture says it."""
        since = iso(int(time.time() * 1000))
        contact = {"last_contact_at": since, "battery_percent": battery, "presence": {"online": online, "since": since}}
        self.devices[device_id] = {**self.devices[device_id], **contact}
        self.tell("device.presence", {"tenant_id": "clinic-north", "device_id": device_id, "battery_at": since, **contact})

    def tell(self, event: str, content: Document) -> None:
        """Send an event to everybody who listens."""
        self.events.append((event, content))
        self.notify()

    def notify(self) -> None:
        """Wake the listeners."""
        with self.changed:
            self.changed.notify_all()

    def detail(self, device_id: str) -> Document:
        """A device with the last value of each metric."""
        last = [
            {"metric": metric, "unit": "deg", "measured_at": points[-1]["at"], "value": points[-1]["value"]}
            for (owner, metric), points in list(self.points.items())
            if owner == device_id
        ]
        return {**self.devices[device_id], "last_values": last}

    def series(self, device_id: str, query: dict[str, str]) -> Document:
        """The raw values from `from` up to, not including, `to`."""
        self.series_asked.append((query["metric"], query.get("from", "")))
        points = self.points.get((device_id, query["metric"]), [])
        chosen = [point for point in points if query.get("from", "") <= point["at"] < query.get("to", "~")]
        shown, rest = chosen[: self.largest_answer], chosen[self.largest_answer :]
        about = {"device_id": device_id, "metric": query["metric"], "unit": "deg", "resolution": "raw"}
        return {**about, "points": shown, "truncated": bool(rest), "next_from": rest[0]["at"] if rest else None}
