"""The port through which a device client reaches the gateway, and what travels over it.

The real one is `awscrt_mqtt.AwsCrtTransport`. All callbacks come from the transport's own thread, one at a time; none may block.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

NOT_AUTHORIZED = 0x87
"""MQTT 5 reason code of a publish or connection that the policy does not allow (OASIS MQTT 5.0, section 2.4)."""

FIRST_FAILURE = 0x80
"""Reason codes from here on are refusals; below (0x00, 0x10) the gateway has the message."""


@dataclass(frozen=True, slots=True)
class Puback:
    """The gateway's answer to a publish."""

    reason_code: int
    reason: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the gateway has taken the message."""
        return self.reason_code < FIRST_FAILURE


@dataclass(frozen=True, slots=True)
class Command:
    """A message for the device."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class TransportEvents:
    """What a transport tells its owner. `connected` says whether the gateway still had this client's session."""

    connected: Callable[[bool], None]
    disconnected: Callable[[str], None]
    received: Callable[[Command], None]


class Transport(Protocol):
    """An MQTT connection that reconnects by itself, with back-off and jitter, until it is stopped."""

    def start(self, events: TransportEvents) -> None:
        """Begins to connect, and answers at once."""

    def publish(self, topic: str, payload: bytes) -> Future[Puback]:
        """Sends with QoS 1. The future fails when the connection is stopped or the message cannot be sent at all."""

    def subscribe(self, topic_filter: str) -> Future[None]:
        """Subscribes with QoS 1; the future fails when the gateway refuses."""

    def stop(self, timeout_s: float) -> None:
        """Disconnects; raises `ConnectionFailed` when that takes longer."""
