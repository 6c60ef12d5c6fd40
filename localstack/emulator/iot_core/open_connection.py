"""A device that is connected: its packets to the rules and the broker, the broker's packets to it, and what its end sets off."""

import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from emulator.iot_core import limits, presence, wills
from emulator.iot_core.admission import Admitted
from emulator.iot_core.broker_link import BrokerLink
from emulator.iot_core.frame_stream import FrameStream
from emulator.iot_core.identities import Identity
from emulator.iot_core.message_router import Origin
from emulator.iot_core.mqtt.decode import decode
from emulator.iot_core.mqtt.encode import encode
from emulator.iot_core.mqtt.errors import ProtocolError
from emulator.iot_core.mqtt.frames import Frame
from emulator.iot_core.mqtt.packets import (
    Acknowledgement,
    Disconnect,
    Kind,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Unsubscribe,
    Version,
    Will,
)
from emulator.iot_core.mqtt.properties import Property
from emulator.iot_core.mqtt.reasons import Reason
from emulator.iot_core.presence import DisconnectReason
from emulator.iot_core.publishing import Publishing
from emulator.iot_core.services import Services
from emulator.iot_core.subscribing import Subscribing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a connection ends: why, by presence events' names; the code for an MQTT 5 device; the device's own DISCONNECT."""

    why: DisconnectReason
    reason: Reason | None = None
    packet: Disconnect | None = None

    @property
    def leaves_will(self) -> bool:
        """Whether the will is due: unless the device said goodbye and asked for none."""
        return self.packet is None or self.packet.reason == Reason.DISCONNECT_WITH_WILL


class Owner(Protocol):
    """The session that a connection belongs to."""

    def end(self, ending: Ending) -> None:
        """Ends the connection."""


class OpenConnection:
    """Implements `BrokerClient`. Errors of the device's making are raised, and end the connection."""

    def __init__(self, services: Services, admitted: Admitted, link: BrokerLink, *, stream: FrameStream, owner: Owner) -> None:
        self._services = services
        self._admitted = admitted
        self._permissions = admitted.permissions()
        self._link = link
        self._stream = stream
        self._owner = owner
        self._version = admitted.terms.version
        self._publishing = self._make_publishing()
        self._subscribing = Subscribing(self._version, self._permissions, link.send, to_device=stream.send)
        will = self._due_will()
        self._record = services.register.opened(
            self.client_id, admitted.identity.certificate.certificate_id, admitted.context.source_ip or "", _frame(will) if will else None
        )

    @property
    def client_id(self) -> str:
        """The MQTT client id."""
        return self._admitted.terms.client_id

    @property
    def certificate_id(self) -> str:
        """The device's certificate."""
        return self._admitted.identity.certificate.certificate_id

    @property
    def keep_alive_s(self) -> int:
        """The keep-alive that holds."""
        return self._admitted.terms.keep_alive_s

    def begin(self) -> None:
        """The device has its CONNACK: tell the world, take the broker's deliveries."""
        terms = self._admitted.terms
        self._services.wills.reconnected(self.client_id, clean_start=terms.connect.clean_start)
        presence.connected(self._record, self._services.router.announce)
        self._link.hand_over(self)

    def admits(self, kind: int) -> bool:
        """Whether a packet of this type may be read from the device now."""
        return not self._link.congested and (kind != Kind.PUBLISH or self._publishing.admits())

    def received(self, frame: Frame) -> None:
        """A packet from the device."""
        packet = decode(frame, self._version)
        match packet:
            case Publish():
                self._publishing.received(frame, packet)
            case Acknowledgement(kind=Kind.PUBACK):
                self._link.send(frame.to_bytes())
            case Pingreq():
                self._stream.send(encode(Pingresp(), self._version))
            case Subscribe():
                self._subscribing.subscribe(packet)
            case Unsubscribe():
                self._subscribing.unsubscribe(frame, packet)
            case Disconnect():
                self._disconnected(packet)
            case _:
                raise ProtocolError(f"{type(packet).__name__} from a connected client")

    def broker_frame(self, frame: Frame) -> None:
        packet = decode(frame, self._version)
        match packet:
            case Publish():
                self._subscribing.deliver(frame, packet)
            case Acknowledgement(kind=Kind.PUBACK):
                self._publishing.broker_acknowledged(packet.packet_id)
            case Suback():
                self._subscribing.acknowledged(packet)
            case Disconnect():
                self._owner.end(Ending(DisconnectReason.SERVER_ERROR, Reason.SERVER_UNAVAILABLE))
            case _:
                self._stream.send(frame.to_bytes())

    def broker_lost(self) -> None:
        self._owner.end(Ending(DisconnectReason.SERVER_ERROR, Reason.SERVER_UNAVAILABLE))

    def broker_congestion_changed(self) -> None:
        self._stream.resume()

    def takes_deliveries(self) -> bool:
        return not self._stream.congested

    def device_congestion_changed(self) -> None:
        """The device began or ceased to read too slowly; the broker's queue, which is bounded, takes what waits."""
        self._link.resume()

    def identity_changed(self, identity: Identity | None) -> None:
        """The control plane says something new of the certificate."""
        if identity is self._admitted.identity or identity == self._admitted.identity:
            return
        if identity is None or not identity.certificate.active:
            log.info("%s: certificate is no longer active", self.client_id)
            self._owner.end(Ending(DisconnectReason.AUTH_ERROR, Reason.NOT_AUTHORIZED))
            return
        self._admitted = Admitted(self._admitted.terms, self._admitted.context, identity)
        self._permissions = self._admitted.permissions()
        self._publishing.permissions_changed(self._permissions)
        self._subscribing.permissions = self._permissions
        if not self._permissions.may_connect():
            log.info("%s: policies no longer allow iot:Connect", self.client_id)
            self._owner.end(Ending(DisconnectReason.AUTH_ERROR, Reason.NOT_AUTHORIZED))

    def finish(self, ending: Ending) -> None:
        """The connection is over: the broker, the will, the presence event."""
        self._publishing.close()
        if ending.packet:
            self._link.send(encode(Disconnect(Reason.SUCCESS, ending.packet.properties), self._version))
        self._link.close()
        services, record = self._services, self._record
        will = self._due_will() if ending.leaves_will else None
        if will:
            delay_s = wills.delay_s(will, self._admitted.terms.session_expiry_s)
            services.wills.due(self.client_id, delay_s, partial(self._publish_will, will))
        else:
            services.register.will_done(record)
        presence.disconnected(record, ending.why, services.router.announce, partial(services.register.ended, record))

    def _make_publishing(self) -> Publishing:
        context = self._admitted.context
        return Publishing(
            version=self._version,
            origin=Origin(context.client_id, self.certificate_id, context.account_id, context.source_ip),
            permissions=self._permissions,
            engine=self._services.engine,
            in_flight=self._services.in_flight,
            to_broker=self._link.send,
            to_device=self._stream.send,
            resume=self._resume,
        )

    def _resume(self) -> None:
        if self._stream.blocked:
            self._stream.resume()

    def _disconnected(self, packet: Disconnect) -> None:
        expiry_s = packet.properties.integer(Property.SESSION_EXPIRY_INTERVAL, -1)
        if expiry_s > 0 and not self._admitted.terms.session_expiry_s:
            raise ProtocolError("DISCONNECT makes a session persistent that was not")  # MQTT 5, 3.14.2.2.2
        if expiry_s >= 0:
            packet = Disconnect(
                packet.reason, packet.properties.plus((Property.SESSION_EXPIRY_INTERVAL, limits.session_expiry_s(expiry_s)))
            )
        self._owner.end(Ending(DisconnectReason.CLIENT_INITIATED, packet=packet))

    def _due_will(self) -> Will | None:
        """The will, if the policies let the device publish it."""
        will = self._admitted.terms.connect.will
        if will is None:
            return None
        allowed = self._permissions.may_publish(will.topic) and (not will.retain or self._permissions.may_retain(will.topic))
        if not allowed:
            log.warning("%s: policies do not allow its will on %s", self.client_id, will.topic)
        return will if allowed else None

    def _publish_will(self, will: Will) -> None:
        packet = will_publish(will)
        message = self._publishing.origin.message(packet)
        self._services.router.route(message, packet, partial(self._services.register.will_done, self._record))


def will_publish(will: Will) -> Publish:
    """The message that a will becomes."""
    return Publish(will.topic, will.payload, will.qos, 0, will.retain, False, will.properties.without(Property.WILL_DELAY_INTERVAL))


def _frame(will: Will) -> bytes:
    """A will as the register keeps it."""
    return encode(replace(will_publish(will), qos=1, packet_id=1), Version.V5)
