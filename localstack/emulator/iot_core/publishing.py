"""A device's publishes on their way in: checked, authorised, given to broker and rules, acknowledged when both have them."""

import logging
from collections.abc import Callable
from functools import partial

from emulator.iot_core import limits, topics
from emulator.iot_core.acknowledgements import AcknowledgementWindow, Pending
from emulator.iot_core.in_flight import InFlightBytes
from emulator.iot_core.message_router import Origin
from emulator.iot_core.mqtt.encode import encode
from emulator.iot_core.mqtt.errors import MqttError
from emulator.iot_core.mqtt.frames import Frame
from emulator.iot_core.mqtt.packets import Acknowledgement, Kind, Publish, Version
from emulator.iot_core.mqtt.properties import Property
from emulator.iot_core.mqtt.reasons import Reason
from emulator.iot_core.permissions import Permissions
from emulator.iot_core.rule_engine import RuleEngine, RuleRun

log = logging.getLogger(__name__)

_TOPICS_KEPT = 512
_MESSAGE_BYTES = 1024
"""What a message under way takes besides its payload, about."""


class PublishRefusedError(Exception):
    """A publish that ends the connection, after a PUBACK with the reason where MQTT 5 has one."""

    def __init__(self, reason: Reason, detail: str, *, acknowledged: bool = True) -> None:
        super().__init__(detail)
        self.reason = reason
        self.acknowledged = acknowledged


class Publishing:
    """One connection's inbound publishes. `to_broker` and `to_device` send frames; `resume` hands over what was not admitted."""

    def __init__(
        self,
        *,
        version: Version,
        origin: Origin,
        permissions: Permissions,
        engine: RuleEngine,
        in_flight: InFlightBytes,
        to_broker: Callable[[bytes], None],
        to_device: Callable[[bytes], None],
        resume: Callable[[], None],
    ) -> None:
        self._version = version
        self.origin = origin
        self.permissions = permissions
        self._engine = engine
        self._in_flight = in_flight
        self._to_broker = to_broker
        self._to_device = to_device
        self._resume = resume
        self._window = AcknowledgementWindow(limits.IN_FLIGHT)
        self._aliases: dict[int, str] = {}
        self._checked: dict[str, tuple[str, str] | None] = {}
        self._closed = False

    def admits(self) -> bool:
        """Whether another publish may be read."""
        if self._in_flight.exhausted:
            self._in_flight.wait(self._resume)
            return False
        return not self._window.full

    def received(self, frame: Frame, packet: Publish) -> None:
        """Takes a publish. Raises `PublishRefusedError` or `MqttError`, each of which ends the connection."""
        if packet.qos > limits.MAXIMUM_QOS:
            self._refuse_qos_2()
            return
        resolved = self._resolve(packet) if self._version is Version.V5 else packet
        if packet.packet_id and packet.packet_id in self._window:
            self._repeated(packet)
            return
        ingest = self._check(resolved)
        runs = self._runs(resolved, ingest)
        pending = Pending(packet.packet_id, len(packet.payload) + _MESSAGE_BYTES, len(runs), broker=ingest is None and packet.qos > 0)
        if ingest is None:
            self._to_broker(frame.to_bytes() if resolved is packet else encode(resolved, self._version))
        self._window.open(pending)
        self._in_flight.take(pending.size_bytes)
        for run in runs:
            run.start(partial(self._rule_settled, pending))
        if not runs:
            self._release(self._window.released())

    def broker_acknowledged(self, packet_id: int) -> None:
        """The broker has a publish."""
        self._release(self._window.settle_broker(packet_id))

    def permissions_changed(self, permissions: Permissions) -> None:
        """Decides by new policies from now on."""
        self.permissions = permissions
        self._checked.clear()

    def close(self) -> None:
        """Nothing is acknowledged any more; what the rules have begun goes on."""
        self._closed = True
        self._release(self._window.give_up_broker())

    def _refuse_qos_2(self) -> None:
        """IoT Core never acknowledges QoS 2 (developer guide, "MQTT"); MQTT 5 was told so in CONNACK, so it is a violation there."""
        if self._version is Version.V5:
            raise MqttError(Reason.QOS_NOT_SUPPORTED, "publish with QoS 2")
        log.warning("%s: publish with QoS 2 ignored", self.origin.client_id)

    def _repeated(self, packet: Publish) -> None:
        """A publish that is already under way: it will be acknowledged once."""
        if self._version is Version.V5:
            raise PublishRefusedError(Reason.PACKET_IDENTIFIER_IN_USE, f"packet id {packet.packet_id}", acknowledged=False)

    def _resolve(self, packet: Publish) -> Publish:
        if Property.SUBSCRIPTION_IDENTIFIER in packet.properties:
            raise MqttError(Reason.PROTOCOL_ERROR, "subscription identifier from a client")
        alias = packet.properties.integer(Property.TOPIC_ALIAS, -1)
        if alias < 0:
            return packet
        if not 1 <= alias <= limits.TOPIC_ALIASES:
            raise MqttError(Reason.TOPIC_ALIAS_INVALID, f"topic alias {alias}")
        if packet.topic:
            self._aliases[alias] = packet.topic
        topic = self._aliases.get(alias)
        if topic is None:
            raise MqttError(Reason.PROTOCOL_ERROR, f"topic alias {alias} stands for nothing yet")
        return packet.resolved(topic, packet.properties.without(Property.TOPIC_ALIAS))

    def _check(self, packet: Publish) -> tuple[str, str] | None:
        """The rule and topic of a Basic Ingest publish, None for an ordinary one."""
        if len(packet.payload) > limits.PAYLOAD_BYTES:
            raise PublishRefusedError(Reason.PACKET_TOO_LARGE, f"payload of {len(packet.payload)} bytes", acknowledged=False)
        if packet.topic not in self._checked:
            if len(self._checked) >= _TOPICS_KEPT:
                self._checked.clear()
            self._checked[packet.topic] = self._check_topic(packet.topic)
        if packet.retain:
            self._check_retain(packet.topic)
        return self._checked[packet.topic]

    def _check_topic(self, topic: str) -> tuple[str, str] | None:
        try:
            topics.check_topic(topic)
        except topics.InvalidTopic as error:
            raise PublishRefusedError(Reason.TOPIC_NAME_INVALID, str(error)) from error
        if not self.permissions.may_publish(topic):
            raise PublishRefusedError(Reason.NOT_AUTHORIZED, f"publish to {topic}")
        return topics.basic_ingest(topic)

    def _check_retain(self, topic: str) -> None:
        if topic.startswith(topics.RESERVED_PREFIX) or not self.permissions.may_retain(topic):
            raise PublishRefusedError(Reason.NOT_AUTHORIZED, f"retained publish to {topic}")

    def _runs(self, packet: Publish, ingest: tuple[str, str] | None) -> list[RuleRun]:
        message = self.origin.message(packet)
        return self._engine.basic_ingest(ingest[0], message) if ingest else self._engine.runs(message)

    def _rule_settled(self, pending: Pending) -> None:
        self._release(self._window.settle_rule(pending))

    def _release(self, released: list[Pending]) -> None:
        if not released:
            return
        for pending in released:
            self._in_flight.give_back(pending.size_bytes)
            if pending.packet_id and not self._closed:
                self._to_device(encode(Acknowledgement(Kind.PUBACK, pending.packet_id), self._version))
        if not self._closed:
            self._resume()
