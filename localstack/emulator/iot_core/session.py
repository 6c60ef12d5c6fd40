"""One device's connection, from the TCP connection to its end: CONNECT, time-outs, violations, takeover."""

import asyncio
import logging
import ssl
from collections.abc import Callable

from emulator.iot_core import admission, connecting
from emulator.iot_core.certificates import read_certificate
from emulator.iot_core.connecting import ConnectRefusedError, Terms
from emulator.iot_core.frame_stream import FrameStream
from emulator.iot_core.keep_alive import KeepAlive
from emulator.iot_core.mqtt.decode import decode
from emulator.iot_core.mqtt.encode import encode
from emulator.iot_core.mqtt.errors import MqttError, ProtocolError
from emulator.iot_core.mqtt.frames import Frame
from emulator.iot_core.mqtt.packets import Acknowledgement, Connect, Disconnect, Kind, Publish, Version
from emulator.iot_core.mqtt.reasons import Reason
from emulator.iot_core.open_connection import Ending, OpenConnection
from emulator.iot_core.policy import Certificate
from emulator.iot_core.presence import DisconnectReason
from emulator.iot_core.publishing import PublishRefusedError
from emulator.iot_core.services import Services

log = logging.getLogger(__name__)

_WHY = {
    Reason.KEEP_ALIVE_TIMEOUT: DisconnectReason.KEEP_ALIVE_TIMEOUT,
    Reason.NOT_AUTHORIZED: DisconnectReason.AUTH_ERROR,
    Reason.QUOTA_EXCEEDED: DisconnectReason.THROTTLED,
    Reason.MESSAGE_RATE_TOO_HIGH: DisconnectReason.THROTTLED,
}


class DeviceSession:
    """Implements `FrameListener` for the device's stream, `Occupant` of its client id, and `Owner` of its open connection."""

    def __init__(self, services: Services, gone: Callable[["DeviceSession"], None]) -> None:
        self._services = services
        self._gone = gone
        self._stream: FrameStream | None = None
        self._certificate: Certificate | None = None
        self._source_ip = ""
        self._version = Version.V5
        self._client_id: str | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._connection: OpenConnection | None = None
        self._closed = False
        self._keep_alive = KeepAlive(asyncio.get_running_loop().time())

    @property
    def connection(self) -> OpenConnection | None:
        """The connection while it is open."""
        return None if self._closed else self._connection

    # FrameListener

    def opened(self, stream: FrameStream) -> None:
        self._stream = stream
        transport = stream.transport
        peer = transport.get_extra_info("peername") if transport else None
        self._source_ip = str(peer[0]) if peer else ""
        self._certificate = _peer_certificate(transport)
        if self._certificate is None:
            self._drop("no usable client certificate")

    def admits(self, kind: int) -> bool:
        if self._connection is None:
            return self._connecting is None
        return not (self._stream and self._stream.congested) and self._connection.admits(kind)

    def frame_received(self, frame: Frame) -> None:
        self._keep_alive.heard(asyncio.get_running_loop().time())
        if self._closed:
            return
        try:
            if self._connection:
                self._connection.received(frame)
            else:
                self._connect(frame)
        except PublishRefusedError as error:
            self._publish_refused(frame, error)

    def violated(self, error: MqttError) -> None:
        # What never spoke is no device: a port scan, or whoever looks whether the gateway listens.
        never_spoke = error.reason is Reason.KEEP_ALIVE_TIMEOUT and self._client_id is None
        log.log(logging.DEBUG if never_spoke else logging.INFO, "%s: %s", self._name, error)
        if self._connection is None and error.reason is Reason.UNSUPPORTED_PROTOCOL_VERSION and self._stream:
            self._stream.send(connecting.refused(Version.V311, error.reason))
        self.end(Ending(_WHY.get(error.reason, DisconnectReason.CLIENT_ERROR), error.reason))

    def congestion_changed(self) -> None:
        if self._connection:
            self._connection.device_congestion_changed()
        if self._stream and not self._stream.congested:
            self._stream.resume()

    def lost(self) -> None:
        self.end(Ending(DisconnectReason.CONNECTION_LOST))

    # Occupant

    def taken_over(self) -> None:
        log.info("%s: taken over by a newer connection", self._name)
        self.end(Ending(DisconnectReason.DUPLICATE_CLIENT_ID, Reason.SESSION_TAKEN_OVER))

    # Owner

    def end(self, ending: Ending) -> None:
        """Ends the session, whatever its state; the first ending counts."""
        if self._closed:
            return
        self._closed = True
        if self._connecting:
            self._connecting.cancel()
        if self._stream:
            if self._connection and ending.reason is not None and self._version is Version.V5:
                self._stream.send(encode(Disconnect(ending.reason), self._version))
            self._stream.close()
        if self._client_id is not None:
            self._services.client_ids.leave(self._client_id, self)
        if self._connection:
            log.info("%s: disconnected, %s", self._name, ending.why)
            self._connection.finish(ending)
        self._gone(self)

    def check_time(self, now: float) -> None:
        """Ends a session that says nothing: no CONNECT in time, or silence beyond the keep-alive. `now` is the loop's time."""
        if self._connecting or (self._stream and self._stream.blocked and not self._stream.congested):
            self._keep_alive.heard(now)  # it is the gateway that does not listen
        elif self._keep_alive.overdue(now):
            self.violated(MqttError(Reason.KEEP_ALIVE_TIMEOUT, "silent for too long"))

    @property
    def _name(self) -> str:
        return self._client_id or f"unconnected client {self._source_ip}"

    def _connect(self, frame: Frame) -> None:
        packet = decode(frame, Version.V5) if frame.kind == Kind.CONNECT else None
        if not isinstance(packet, Connect):
            raise ProtocolError("the first packet is not CONNECT")
        self._version = packet.version
        self._connecting = asyncio.ensure_future(self._admit(packet))

    async def _admit(self, packet: Connect) -> None:
        assert self._stream  # noqa: S101 - opened came first
        assert self._certificate  # noqa: S101
        try:
            async with asyncio.timeout(admission.DEADLINE_S):
                connection, answer = await self._open(packet, self._stream, self._certificate)
        except ConnectRefusedError as error:
            self._refuse(error)
        except TimeoutError:
            self._refuse(ConnectRefusedError(Reason.SERVER_UNAVAILABLE, "platform does not answer in time"))
        except Exception:  # the last resort: nobody else would answer this device
            log.exception("%s: connection failed", self._name)
            self._refuse(ConnectRefusedError(Reason.SERVER_UNAVAILABLE, "unexpected error"))
        else:
            log.info("%s: connected, MQTT %s", self._name, "5" if self._version is Version.V5 else "3.1.1")
            self._connection, self._connecting = connection, None
            self._keep_alive.agreed(connection.keep_alive_s)
            self._stream.send(answer)
            connection.begin()
            self._stream.resume()

    async def _open(self, packet: Connect, stream: FrameStream, certificate: Certificate) -> tuple[OpenConnection, bytes]:
        terms: Terms = connecting.terms(packet)
        admitted = await admission.authorise(self._services, terms, certificate, self._source_ip)
        self._client_id = terms.client_id
        self._services.client_ids.take(terms.client_id, self)
        link, answer = await admission.open_broker(self._services, terms)
        connection = OpenConnection(self._services, admitted, link, stream=stream, owner=self)
        return connection, connecting.accepted(terms, answer)

    def _refuse(self, error: ConnectRefusedError) -> None:
        log.info("%s: connection refused, %s: %s", self._name, error.reason.name, error)
        self._connecting = None
        if self._stream:
            self._stream.send(connecting.refused(self._version, error.reason))
        self.end(Ending(DisconnectReason.AUTH_ERROR))

    def _publish_refused(self, frame: Frame, error: PublishRefusedError) -> None:
        log.info("%s: publish refused, %s: %s", self._name, error.reason.name, error)
        packet = decode(frame, self._version)
        if self._stream and self._version is Version.V5 and error.acknowledged and isinstance(packet, Publish) and packet.packet_id:
            self._stream.send(encode(Acknowledgement(Kind.PUBACK, packet.packet_id, error.reason), self._version))
        self.end(Ending(_WHY.get(error.reason, DisconnectReason.CLIENT_ERROR), error.reason))

    def _drop(self, detail: str) -> None:
        log.info("%s: closed, %s", self._name, detail)
        self.end(Ending(DisconnectReason.CLIENT_ERROR))


def _peer_certificate(transport: asyncio.Transport | None) -> Certificate | None:
    connection = transport.get_extra_info("ssl_object") if transport else None
    der = connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLObject) else None
    try:
        return read_certificate(der) if der else None
    except ValueError:
        return None
