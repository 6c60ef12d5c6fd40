"""A device of the tests' own on a plain TLS socket: sends any bytes, reads packets one by one. Nothing is done behind the test's back."""

import socket
import ssl
from types import TracebackType
from typing import Self

from emulator.iot_core.mqtt.decode import decode
from emulator.iot_core.mqtt.encode import encode
from emulator.iot_core.mqtt.frames import FrameBuffer
from emulator.iot_core.mqtt.packets import Acknowledgement, Connack, Connect, Kind, Packet, Publish, Version
from tests.emulator.iot_core.installation import Installation
from tests.emulator.iot_core.pki import Identity

TIMEOUT_S = 15.0


class Closed(Exception):  # noqa: N818 - an outcome, not a fault
    """The gateway closed the connection."""


class WireClient:
    """One TLS connection to the gateway."""

    def __init__(
        self, plane: Installation, identity: Identity | None, *, server_name: str | None = "localhost", version: Version = Version.V5
    ) -> None:
        context = ssl.create_default_context(cafile=plane.authority.file)
        context.check_hostname = server_name is not None
        if identity:
            context.load_cert_chain(identity.certificate, identity.key)
        self.version = version
        self._frames = FrameBuffer(1 << 20)
        self._socket = socket.create_connection(("127.0.0.1", plane.port), TIMEOUT_S)
        try:
            self._tls = context.wrap_socket(self._socket, server_hostname=server_name)
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes without a DISCONNECT."""
        self._tls.close()

    def send(self, *packets: Packet) -> None:
        """Sends packets."""
        self.send_bytes(b"".join(encode(packet, self.version) for packet in packets))

    def send_bytes(self, data: bytes) -> None:
        """Sends any bytes. Raises `Closed`."""
        try:
            self._tls.sendall(data)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed from error

    def receive(self, timeout_s: float = TIMEOUT_S) -> Packet:
        """The next packet. Raises `Closed`, or `TimeoutError`."""
        self._tls.settimeout(timeout_s)
        while (frame := self._frames.next_frame()) is None:
            try:
                data = self._tls.recv(65536)
            except (ConnectionError, ssl.SSLError) as error:
                raise Closed from error
            if not data:
                raise Closed
            self._frames.feed(data)
        return decode(frame, self.version)

    def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        try:
            packet = self.receive(seconds)
        except TimeoutError:
            return True
        raise AssertionError(f"received {packet}")

    def connect(self, client_id: str, connect: Connect | None = None) -> Connack:
        """Sends CONNECT; answers the CONNACK."""
        self.send(connect or Connect(self.version, client_id))
        answer = self.receive()
        assert isinstance(answer, Connack)
        return answer

    def publish(self, topic: str, payload: bytes, packet_id: int = 1) -> int:
        """Publishes with QoS 1 and waits for the PUBACK; answers its reason."""
        self.send(Publish(topic, payload, 1, packet_id))
        answer = self.receive()
        assert isinstance(answer, Acknowledgement)
        assert (answer.kind, answer.packet_id) == (Kind.PUBACK, packet_id)
        return answer.reason
