"""The topics between devices and Gonio: `dt/gonio/<tenant>/<device>/<kind>` up, `cmd/gonio/<tenant>/<device>/#` down.

Basic Ingest carries the same topics behind `$aws/rules/<rule name>/`; a rule's `topic()` gives them without that prefix
(AWS IoT developer guide, "Reducing messaging costs with Basic Ingest"). Of connections AWS IoT itself tells on
`$aws/events/presence/<connected|disconnected>/<client id>`.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from chalicelib.domain.identifiers import is_device_id, is_tenant_id

DATA_ROOT = "dt/gonio"
COMMAND_ROOT = "cmd/gonio"
PRESENCE_ROOT = "$aws/events/presence"


class MessageKind(StrEnum):
    """What a device sends: the last level of its topic."""

    TELEMETRY = "telemetry"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class DeviceTopic:
    """A data topic, taken apart."""

    tenant_id: str
    device_id: str
    kind: MessageKind

    def __str__(self) -> str:
        return f"{DATA_ROOT}/{self.tenant_id}/{self.device_id}/{self.kind}"


@dataclass(frozen=True, slots=True)
class PresenceTopic:
    """A presence topic, taken apart; `event_type` is `connected` or `disconnected`."""

    event_type: str
    client_id: str


def telemetry_topic(tenant_id: str, device_id: str) -> str:
    """Where a device publishes its series."""
    return str(DeviceTopic(tenant_id, device_id, MessageKind.TELEMETRY))


def event_topic(tenant_id: str, device_id: str) -> str:
    """Where a device publishes its events."""
    return str(DeviceTopic(tenant_id, device_id, MessageKind.EVENT))


def command_filter(tenant_id: str, device_id: str) -> str:
    """The topic filter under which a device hears its commands."""
    return f"{COMMAND_ROOT}/{tenant_id}/{device_id}/#"


def basic_ingest_topic(rule_name: str, topic: str) -> str:
    """The same topic, straight to one rule, past the message broker."""
    return f"$aws/rules/{rule_name}/{topic}"


@lru_cache(maxsize=4096)  # Every message comes on a topic, and devices are far fewer than messages.
def parse_device_topic(topic: str) -> DeviceTopic | None:
    """The data topic taken apart, or None when it is not one."""
    levels = topic.split("/")
    if len(levels) != 5 or "/".join(levels[:2]) != DATA_ROOT:
        return None
    tenant_id, device_id, kind = levels[2:]
    if not is_tenant_id(tenant_id) or not is_device_id(device_id) or kind not in set(MessageKind):
        return None
    return DeviceTopic(tenant_id, device_id, MessageKind(kind))


def parse_presence_topic(topic: str) -> PresenceTopic | None:
    """The presence topic taken apart, or None when it is not one."""
    levels = topic.split("/")
    if len(levels) != 5 or "/".join(levels[:3]) != PRESENCE_ROOT:
        return None
    return PresenceTopic(*levels[3:])
