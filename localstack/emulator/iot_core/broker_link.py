"""One connection to the broker's Unix socket, for one MQTT client."""

import asyncio
from pathlib import Path
from typing import Protocol

from emulator.iot_core.frame_stream import FrameStream
from emulator.iot_core.mqtt.errors import MqttError
from emulator.iot_core.mqtt.frames import Frame

_MAXIMUM_BODY_BYTES = 1024 * 1024
_DIAL_S = 3.0
_FIRST_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 0.25


class BrokerUnavailableError(Exception):
    """The broker does not answer on its socket."""


class BrokerClient(Protocol):
    """Who a link works for."""

    def broker_frame(self, frame: Frame) -> None:
        """A frame from the broker."""

    def broker_lost(self) -> None:
        """The broker closed the link, or died. Not called after `BrokerLink.close`."""

    def broker_congestion_changed(self) -> None:
        """Whether the link takes more has changed (`BrokerLink.congested`)."""

    def takes_deliveries(self) -> bool:
        """Whether the client can take another frame from the broker."""


class BrokerLink:
    """A framed connection to the broker; implements `FrameListener`."""

    def __init__(self, client: BrokerClient) -> None:
        self._client: BrokerClient | None = client
        self._stream: FrameStream | None = None

    @property
    def congested(self) -> bool:
        """Whether the broker reads too slowly for what is sent."""
        return bool(self._stream and self._stream.congested)

    def send(self, data: bytes) -> None:
        """Queues bytes for the broker."""
        if self._stream:
            self._stream.send(data)

    def resume(self) -> None:
        """Asks again whether the client takes deliveries."""
        if self._stream and self._stream.blocked:
            self._stream.resume()

    def hand_over(self, client: BrokerClient) -> None:
        """Works for `client` from now on; tells it at once when the link was lost meanwhile."""
        lost = self._client is None
        self._client = client
        if lost:
            self.lost()
        self.resume()

    def close(self) -> None:
        """Sends what is queued and closes; the client hears nothing more."""
        self._client = None
        if self._stream:
            self._stream.close()

    def opened(self, stream: FrameStream) -> None:
        self._stream = stream
        if self._client is None:
            stream.close()

    def admits(self, kind: int) -> bool:  # noqa: ARG002 - deliveries and answers share the socket, so all wait
        return self._client is None or self._client.takes_deliveries()

    def frame_received(self, frame: Frame) -> None:
        if self._client:
            self._client.broker_frame(frame)

    def violated(self, error: MqttError) -> None:  # noqa: ARG002 - the broker is ours; its link just ends
        if self._stream:
            self._stream.abort()

    def congestion_changed(self) -> None:
        if self._client:
            self._client.broker_congestion_changed()

    def lost(self) -> None:
        client, self._client = self._client, None
        if client:
            client.broker_lost()


class BrokerDialer:
    """Opens links. The broker's listen backlog is short, so a refused dial is tried again for a while."""

    def __init__(self, socket: Path, shared_buffer: memoryview) -> None:
        self._socket = str(socket)
        self._shared_buffer = shared_buffer

    async def dial(self, client: BrokerClient) -> BrokerLink:
        """A connected link. Raises `BrokerUnavailableError` after some seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _DIAL_S
        pause_s = _FIRST_PAUSE_S
        while True:
            link = BrokerLink(client)
            stream = FrameStream(link, self._shared_buffer, _MAXIMUM_BODY_BYTES)
            try:
                await loop.create_unix_connection(lambda stream=stream: stream, self._socket)  # type: ignore[misc]
            except OSError as error:
                if loop.time() + pause_s > deadline:
                    raise BrokerUnavailableError(str(error)) from error
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            else:
                return link
