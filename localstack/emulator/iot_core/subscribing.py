"""A device's subscriptions and what the broker delivers for them."""

from collections.abc import Callable

from emulator.iot_core import limits, topics
from emulator.iot_core.mqtt.encode import encode
from emulator.iot_core.mqtt.errors import MqttError
from emulator.iot_core.mqtt.frames import Frame
from emulator.iot_core.mqtt.packets import Acknowledgement, Kind, Publish, Suback, Subscribe, Subscription, Unsubscribe, Version
from emulator.iot_core.mqtt.properties import Property
from emulator.iot_core.mqtt.reasons import SUBACK_FAILURE, Reason
from emulator.iot_core.permissions import Permissions

_ASKED_LIMIT = 100
"""Subscribe requests of one client that wait for the broker; one that never reads answers is cut off there."""


class Subscribing:
    """One connection's subscriptions. `to_broker` and `to_device` send frames."""

    def __init__(
        self, version: Version, permissions: Permissions, to_broker: Callable[[bytes], None], *, to_device: Callable[[bytes], None]
    ) -> None:
        self._version = version
        self.permissions = permissions
        self._to_broker = to_broker
        self._to_device = to_device
        self._filters: dict[str, Subscription] = {}
        self._asked: dict[int, list[int | None]] = {}

    def subscribe(self, packet: Subscribe) -> None:
        """Asks the broker for what is allowed; the device's answer holds the refusals too. Raises `MqttError`."""
        self._check_request(packet)
        if any(item.qos > limits.MAXIMUM_QOS for item in packet.subscriptions):
            if self._version is Version.V5:
                raise MqttError(Reason.QOS_NOT_SUPPORTED, "subscription with QoS 2")
            return  # IoT Core sends no SUBACK (developer guide, "MQTT")
        refusals = [self._refusal(item) for item in packet.subscriptions]
        granted = tuple(item for item, code in zip(packet.subscriptions, refusals, strict=True) if code is None)
        if not granted:
            self._answer(packet.packet_id, [code or 0 for code in refusals])
            return
        self._asked[packet.packet_id] = refusals
        self._to_broker(encode(Subscribe(packet.packet_id, granted, packet.properties), self._version))

    def unsubscribe(self, frame: Frame, packet: Unsubscribe) -> None:
        """Passes on to the broker, which answers."""
        for topic_filter in packet.topic_filters:
            self._filters.pop(topic_filter, None)
        self._to_broker(frame.to_bytes())

    def acknowledged(self, packet: Suback) -> None:
        """The broker's answer: its codes in the places that were not refused."""
        refusals = self._asked.pop(packet.packet_id, [])
        codes = iter(packet.codes)
        self._answer(packet.packet_id, [next(codes, SUBACK_FAILURE) if code is None else code for code in refusals])

    def deliver(self, frame: Frame, packet: Publish) -> None:
        """Passes a message on, unless iot:Receive denies it or IoT Core would not deliver it; then the broker is told it was."""
        if self.permissions.may_receive(packet.topic) and not self._withheld(packet):
            self._to_device(frame.to_bytes())
        elif packet.qos:
            self._to_broker(encode(Acknowledgement(Kind.PUBACK, packet.packet_id), self._version))

    def _check_request(self, packet: Subscribe) -> None:
        if len(packet.subscriptions) > limits.SUBSCRIPTIONS_PER_REQUEST:
            raise MqttError(Reason.QUOTA_EXCEEDED, f"{len(packet.subscriptions)} subscriptions in one request")
        if Property.SUBSCRIPTION_IDENTIFIER in packet.properties:
            raise MqttError(Reason.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED, "subscription identifier")
        if len(self._asked) >= _ASKED_LIMIT:
            raise MqttError(Reason.MESSAGE_RATE_TOO_HIGH, "too many subscribe requests at once")
        if packet.packet_id in self._asked:
            raise MqttError(Reason.PACKET_IDENTIFIER_IN_USE, f"packet id {packet.packet_id}")

    def _refusal(self, item: Subscription) -> int | None:
        """The code that refuses a subscription, or None."""
        reason = self._refusal_reason(item.topic_filter)
        if reason is None:
            self._filters[item.topic_filter] = item
            return None
        return reason if self._version is Version.V5 else SUBACK_FAILURE

    def _refusal_reason(self, topic_filter: str) -> Reason | None:
        try:
            topics.check_topic_filter(topic_filter)
        except topics.InvalidTopic:
            return Reason.TOPIC_FILTER_INVALID
        if topic_filter not in self._filters and len(self._filters) >= limits.SUBSCRIPTIONS_PER_CONNECTION:
            return Reason.QUOTA_EXCEEDED
        return None if self.permissions.may_subscribe(topic_filter) else Reason.NOT_AUTHORIZED

    def _answer(self, packet_id: int, codes: list[int]) -> None:
        self._to_device(encode(Suback(packet_id, tuple(codes)), self._version))

    def _withheld(self, packet: Publish) -> bool:
        """A stored message reaches only a subscription that names its topic in full (developer guide, "MQTT retained messages")."""
        if not packet.retain or not self._filters or packet.topic in self._filters:
            return False
        return not any(item.retain_as_published for item in self._filters.values())
