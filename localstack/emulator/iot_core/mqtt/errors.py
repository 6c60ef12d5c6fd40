"""What can be wrong with bytes that claim to be MQTT."""

from emulator.iot_core.mqtt.reasons import Reason


class MqttError(Exception):
    """A peer broke the protocol; `reason` is the MQTT 5 code that tells it so."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.name}: {detail}")
        self.reason = reason
        self.detail = detail


class MalformedPacketError(MqttError):
    """The bytes do not form a packet (MQTT 5, 4.13)."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.MALFORMED_PACKET, detail)


class ProtocolError(MqttError):
    """A well formed packet that may not be sent, or not now (MQTT 5, 4.13)."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.PROTOCOL_ERROR, detail)


class PacketTooLargeError(MqttError):
    """A packet announces more bytes than its receiver takes."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.PACKET_TOO_LARGE, detail)
