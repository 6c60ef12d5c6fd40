"""The republish action: the rule's output becomes a message of its own, which subscribers and other rules see."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from emulator.iot_core import limits, topics
from emulator.iot_core.actions.port import ActionFailure, Outcome, Remedy
from emulator.iot_core.mqtt.packets import Publish
from emulator.iot_core.sql import Message
from emulator.iot_core.templates import Template

DEPTH_LIMIT = 10
"""Rules that republish to each other would never end."""


class Router(Protocol):
    """Where republished messages go."""

    def route(self, message: Message, packet: Publish, done: Callable[[], None]) -> None:
        """Publishes `packet` and runs the rules on `message`; calls `done` when broker and rules have it."""


@dataclass(frozen=True, slots=True)
class RepublishAction:
    """Publishes the rule's output on another topic."""

    resource: str
    topic: Template
    qos: int
    router: Router
    kind: str = "RepublishAction"

    def deliver(self, message: Message, payload: bytes, outcome: Outcome) -> None:
        """Routes the message anew."""
        topic = self.topic.render(message)
        try:
            topics.check_topic(topic)
        except topics.InvalidTopic as error:
            outcome(ActionFailure(f"topic {topic}: {error}", Remedy.NONE))
            return
        if len(payload) > limits.PAYLOAD_BYTES:
            outcome(ActionFailure(f"output of {len(payload)} bytes", Remedy.NONE))
            return
        hops = _hops(message)
        if hops >= DEPTH_LIMIT:
            outcome(ActionFailure(f"republished {hops} times already", Remedy.NONE))
            return
        again = replace(
            message,
            topic=topic,
            payload=payload,
            rule_name="",
            trace_id=_trace(message, hops + 1),
            received_at_ms=time.time_ns() // 1_000_000,
        )
        self.router.route(again, Publish(topic, payload, self.qos), lambda: outcome(None))


def _trace(message: Message, hops: int) -> str:
    """A trace id that tells how often the message was republished: a UUID, a dot, the count."""
    root = message.trace_id.partition(".")[0] if message.trace_id else str(uuid.uuid4())
    return f"{root}.{hops}"


def _hops(message: Message) -> int:
    count = message.trace_id.rpartition(".")[2] if message.trace_id else ""
    return int(count) if count.isdecimal() else 0
