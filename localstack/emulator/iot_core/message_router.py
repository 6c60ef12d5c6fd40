"""Routes messages that the platform itself publishes, through the broker and the rules, as it routes a device's."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from emulator.iot_core.broker_publisher import BrokerPublisher
from emulator.iot_core.mqtt.packets import Publish
from emulator.iot_core.rule_engine import RuleEngine
from emulator.iot_core.sql import Message

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where messages come from: a connection, or the platform itself with an empty client id."""

    client_id: str
    principal: str
    account_id: str
    source_ip: str | None = None

    def message(self, packet: Publish) -> Message:
        """What rules see of a publish from here."""
        now_ms = time.time_ns() // 1_000_000
        return Message(packet.topic, packet.payload, self.client_id, self.principal, self.account_id, now_ms, source_ip=self.source_ip)


@dataclass(slots=True)
class _Countdown:
    """Calls back when all parts are done."""

    parts: int
    done: Callable[[], None]

    def __call__(self) -> None:
        self.parts -= 1
        if not self.parts:
            self.done()


class MessageRouter:
    """Publishes for the platform."""

    def __init__(self, publisher: BrokerPublisher, engine: RuleEngine, account_id: str) -> None:
        self._publisher = publisher
        self._engine = engine
        self._platform = Origin("", "", account_id)

    def announce(self, topic: str, payload: bytes, done: Callable[[], None]) -> None:
        """Publishes an event of the platform's own."""
        packet = Publish(topic, payload)
        self.route(self._platform.message(packet), packet, done)

    def route(self, message: Message, packet: Publish, done: Callable[[], None]) -> None:
        """Publishes `packet` and runs the rules on `message`; calls `done` when broker and rules have it."""
        runs = self._engine.runs(message)
        part = _Countdown(1 + len(runs), done)
        self._publisher.publish(packet, part)
        for run in runs:
            run.start(part)
