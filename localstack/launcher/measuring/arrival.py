"""What of a replay has arrived: its messages and values in the database, against the recordings', and its malformed ones set aside."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher import aws, stack_content
from launcher.instance import Instance
from launcher.measuring.readings import MessageKey, readings
from launcher.measuring.set_aside import SetAside
from launcher.outages import explained
from launcher.stack import Say

_POLL_SECONDS = 0.5
_TELL_EVERY = 4


@dataclass(frozen=True, slots=True)
class Sent:
    """What a replay's report says that it sent: which messages must be stored, and which set aside."""

    good: frozenset[MessageKey]
    malformed: frozenset[MessageKey]
    begun_ms: int

    @property
    def devices(self) -> list[str]:
        """Who sent."""
        return sorted({device for device, _ in self.good | self.malformed})


@dataclass(frozen=True, slots=True)
class Arrival:
    """Counts: what was sent, and what was found of it."""

    sent: Sent
    stored_messages: int
    set_aside: int
    values: int
    missing_values: int
    wrong_values: int

    @property
    def shortfalls(self) -> list[str]:
        """What is not as it must be, in words; nothing when all is well."""
        messages, malformed = len(self.sent.good), len(self.sent.malformed)
        told = {
            f"{messages - self.stored_messages} of {messages} messages are not stored": messages - self.stored_messages,
            f"{self.missing_values} of {self.values} values are missing": self.missing_values,
            f"{self.wrong_values} values differ from their recording": self.wrong_values,
            f"{malformed - self.set_aside} of {malformed} malformed messages were not set aside": malformed - self.set_aside,
        }
        return [sentence for sentence, count in told.items() if count]


def sent_by(messages: Sequence[Mapping[str, Any]]) -> Sent:
    """A replay's report as what must arrive."""
    keys = [((message["device"], message["id"]), message["fault"].startswith("malformed")) for message in messages]
    begun_ms = min((message["handed_at"] for message in messages if message["handed_at"] is not None), default=0)
    return Sent(frozenset(key for key, bad in keys if not bad), frozenset(key for key, bad in keys if bad), begun_ms)


def wait(instance: Instance, sent: Sent, expected: Sequence[Mapping[str, Any]], *, within_s: float, say: Say) -> Arrival:
    """Poll until every message is stored or set aside, or the time is up; then compare the values. Raises LauncherError."""
    bucket = stack_content.read(instance)["quarantine_bucket"]
    quarantine = SetAside(aws.client(instance, "s3"), bucket, sent.malformed, sent.begun_ms)

    def look() -> tuple[int, int]:
        with explained(instance, "localstack", "the quarantine could not be read"):
            return len(database.messages(sent.devices) & sent.good), len(quarantine.look())

    with readings(instance) as database:
        stored, set_aside = _wait_for(look, (len(sent.good), len(sent.malformed)), within_s, say)
        found = database.values(sorted({(row["tenant_id"], row["device_id"], row["metric"]) for row in expected}))
    wanted = {(row["device_id"], row["metric"], row["measured_at_ms"]): row["value"] for row in expected}
    missing, wrong = wanted.keys() - found.keys(), [key for key in wanted.keys() & found.keys() if found[key] != wanted[key]]
    return Arrival(sent, stored, set_aside, values=len(wanted), missing_values=len(missing), wrong_values=len(wrong))


def _wait_for(look: Callable[[], tuple[int, int]], wanted: tuple[int, int], within_s: float, say: Say) -> tuple[int, int]:
    """Look until what is wanted is there, or the time is up; what was seen last. Tells it every other second."""
    deadline, looks = time.monotonic() + within_s, 0
    while (seen := look()) != wanted and time.monotonic() < deadline:
        if looks % _TELL_EVERY == 0:
            say(f"stored {seen[0]} of {wanted[0]} messages, set aside {seen[1]} of {wanted[1]}")
        looks += 1
        time.sleep(_POLL_SECONDS)
    return seen
