"""What a device client is told at its start: who it is, where the gateway is, how it behaves."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """A registered device and the files of its certificate. The device's id is also its thing's name and its MQTT client id."""

    tenant_id: str
    device_id: str
    certificate_file: Path
    key_file: Path
    member_id: str | None = None
    """Who wears it, where that is known."""


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """Where the device gateway listens, and the PEM file of the authority that signed its certificate.

    The host is a name, not an address: the gateway wants Server Name Indication, as IoT Core does.
    """

    host: str
    port: int
    ca_file: Path


class Ingestion(Enum):
    """Which way messages take into the rules engine."""

    PLAIN_TOPIC = "plain"
    BASIC_INGEST = "basic-ingest"


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How a device client behaves; the defaults suit a device in the field."""

    in_flight: int = 20
    """Messages sent and not acknowledged. IoT Core allows 100 a connection; fewer means fewer duplicates after a break."""
    respect_aws_limits: bool = True
    """Whether the SDK holds itself to IoT Core's 100 publishes and 512 KB a second for a connection."""
    keep_alive_s: int = 30
    ping_timeout_ms: int = 10_000
    connect_timeout_ms: int = 10_000
    session_expiry_s: int = 3600
    """How long the gateway keeps the session of a device that is away. IoT Core's own default is an hour."""
    reconnect_min_ms: int = 500
    reconnect_max_ms: int = 60_000
    stable_connection_ms: int = 10_000
    """A connection must hold for this long before the reconnection delay starts small again: a device that is thrown out for
    what it publishes connects again and again otherwise."""
    refusals_before_parking: int = 3
    """How often one message is offered to a gateway that refuses it before it is set aside for the ones behind it."""
    refusal_pause_s: float = 1.0
    refusal_pause_max_s: float = 60.0
    parked_retry_s: float = 900.0
    """How long a message that was set aside waits before it is offered again."""
