"""Presence events on `$aws/events/presence/…`, with the fields of the developer guide's page "Lifecycle events"."""

import time
from collections.abc import Callable
from enum import StrEnum

import orjson

from emulator.iot_core.connections import Connection

TOPIC_PREFIX = "$aws/events/presence"


class DisconnectReason(StrEnum):
    """Why a connection ended, by AWS's names."""

    AUTH_ERROR = "AUTH_ERROR"
    CLIENT_ERROR = "CLIENT_ERROR"
    CLIENT_INITIATED = "CLIENT_INITIATED_DISCONNECT"
    CONNECTION_LOST = "CONNECTION_LOST"
    DUPLICATE_CLIENT_ID = "DUPLICATE_CLIENTID"
    FORBIDDEN_ACCESS = "FORBIDDEN_ACCESS"
    KEEP_ALIVE_TIMEOUT = "MQTT_KEEP_ALIVE_TIMEOUT"
    SERVER_ERROR = "SERVER_ERROR"
    SERVER_INITIATED = "SERVER_INITIATED_DISCONNECT"
    THROTTLED = "THROTTLED"


type Announce = Callable[[str, bytes, Callable[[], None]], None]
"""Publishes a payload on a topic; calls back when broker and rules have it."""


def connected(connection: Connection, announce: Announce) -> None:
    """Tells that a client has connected."""
    if not _publishable(connection):
        return
    payload = _event(connection, "connected") | {"ipAddress": connection.ip_address}
    announce(f"{TOPIC_PREFIX}/connected/{connection.client_id}", orjson.dumps(payload), lambda: None)


def disconnected(connection: Connection, reason: DisconnectReason, announce: Announce, told: Callable[[], None]) -> None:
    """Tells that a client is gone; calls `told` when that is delivered."""
    if not _publishable(connection):
        told()
        return
    payload = _event(connection, "disconnected") | {
        "clientInitiatedDisconnect": reason is DisconnectReason.CLIENT_INITIATED,
        "disconnectReason": reason.value,
    }
    announce(f"{TOPIC_PREFIX}/disconnected/{connection.client_id}", orjson.dumps(payload), told)


def _publishable(connection: Connection) -> bool:
    """A client id with a wildcard makes no topic (developer guide: such clients have no lifecycle events)."""
    return "+" not in connection.client_id and "#" not in connection.client_id


def _event(connection: Connection, event_type: str) -> dict[str, str | int | bool]:
    return {
        "clientId": connection.client_id,
        "timestamp": time.time_ns() // 1_000_000,
        "eventType": event_type,
        "sessionIdentifier": connection.session_identifier,
        "principalIdentifier": connection.principal,
        "versionNumber": connection.version_number,
    }
