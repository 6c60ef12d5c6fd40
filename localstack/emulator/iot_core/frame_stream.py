"""A byte stream of MQTT frames on an asyncio transport, for devices and for the broker.

Reads go into one buffer that all streams share: with a buffer a read, TLS allocates 256 KB each time, and costs more than all else.
Frames that the listener does not admit stay unread, so pressure goes back to the sender; writes of one turn of the loop go out together.
"""

import asyncio
from typing import Protocol, cast

from emulator.iot_core.mqtt.errors import MqttError
from emulator.iot_core.mqtt.frames import Frame, FrameBuffer

READ_BUFFER_BYTES = 65_536


class FrameListener(Protocol):
    """Who a stream works for."""

    def opened(self, stream: "FrameStream") -> None:
        """The transport is connected."""

    def admits(self, kind: int) -> bool:
        """Whether a frame of this packet type may be handed over now; when not, `FrameStream.resume` asks again."""

    def frame_received(self, frame: Frame) -> None:
        """One frame."""

    def violated(self, error: MqttError) -> None:
        """The peer broke the protocol; the listener has to close the stream."""

    def congestion_changed(self) -> None:
        """The peer began or ceased to read too slowly (`FrameStream.congested`)."""

    def lost(self) -> None:
        """The transport is closed."""


class FrameStream(asyncio.BufferedProtocol):
    """The protocol object of one connection."""

    def __init__(self, listener: FrameListener, shared_buffer: memoryview, maximum_body_bytes: int) -> None:
        self._listener = listener
        self._buffer = shared_buffer  # a memoryview: the TLS layer slices it, and a slice of a bytearray is a copy
        self._frames = FrameBuffer(maximum_body_bytes)
        self._outgoing: list[bytes] = []
        self._pumping = False
        self._closed = False
        self._reading = True
        self.congested = False
        self.transport: asyncio.Transport | None = None

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's are no subclasses
        self._listener.opened(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._frames.feed(self._buffer[:nbytes])
        self.resume()

    def pause_writing(self) -> None:
        self.congested = True
        self._listener.congestion_changed()

    def resume_writing(self) -> None:
        self.congested = False
        self._listener.congestion_changed()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._closed = True
        self._outgoing.clear()
        self._listener.lost()

    # What the listener calls

    @property
    def blocked(self) -> bool:
        """Whether a frame waits for being admitted."""
        return not self._reading

    def resume(self) -> None:
        """Hands over the frames that wait, as far as they are admitted."""
        if self._pumping or self._closed:
            return
        self._pumping = True
        try:
            admitted = self._pump()
        except MqttError as error:
            self._listener.violated(error)
            return
        finally:
            self._pumping = False
        self._read(admitted)

    def send(self, data: bytes) -> None:
        """Queues bytes; they go out at the end of this turn of the loop."""
        if self._closed:
            return
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outgoing.append(data)

    def close(self) -> None:
        """Sends what is queued, then closes. What the peer still sends is not read."""
        if self.transport and not self.transport.is_closing():
            self._flush()
            self._closed = True
            self.transport.close()

    def abort(self) -> None:
        """Closes at once."""
        self._closed = True
        if self.transport:
            self.transport.abort()

    def _pump(self) -> bool:
        """Whether all complete frames were admitted."""
        while not self._closed:
            kind = self._frames.peek_kind()
            if not kind and not len(self._frames):
                return True
            if not self._listener.admits(kind):
                return False
            frame = self._frames.next_frame()
            if frame is None:
                return True
            self._listener.frame_received(frame)
        return True

    def _read(self, wanted: bool) -> None:
        if self.transport is None or wanted == self._reading or self.transport.is_closing():
            return
        self._reading = wanted
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def _flush(self) -> None:
        if self._outgoing and self.transport and not self.transport.is_closing():
            self.transport.write(b"".join(self._outgoing))
        self._outgoing.clear()
