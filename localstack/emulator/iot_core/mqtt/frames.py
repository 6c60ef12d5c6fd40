"""Cuts a byte stream into MQTT frames, and refuses a frame that is too large before any of it is kept."""

from typing import NamedTuple

from emulator.iot_core.mqtt.errors import MalformedPacketError, PacketTooLargeError
from emulator.iot_core.mqtt.wire import variable_integer

_MAXIMUM_HEADER_BYTES = 5


class Frame(NamedTuple):
    """One control packet as it came: the first byte (type and flags) and the body behind the fixed header."""

    first: int
    body: bytes

    @property
    def kind(self) -> int:
        """The packet type, 1 to 15."""
        return self.first >> 4

    def to_bytes(self) -> bytes:
        """The frame as it goes on the wire."""
        return bytes((self.first,)) + variable_integer(len(self.body)) + self.body


class FrameBuffer:
    """Bytes in, frames out. Keeps at most one incomplete frame and what came behind it in the same read."""

    __slots__ = ("_data", "_position", "maximum_body_bytes")

    def __init__(self, maximum_body_bytes: int) -> None:
        self.maximum_body_bytes = maximum_body_bytes
        self._data = bytearray()
        self._position = 0

    def __len__(self) -> int:
        """Bytes that wait."""
        return len(self._data) - self._position

    def feed(self, data: bytes | memoryview) -> None:
        """Appends what the transport read."""
        if self._position:
            del self._data[: self._position]
            self._position = 0
        self._data += data

    def peek_kind(self) -> int:
        """The type of the next frame, 0 when nothing waits."""
        return self._data[self._position] >> 4 if self._position < len(self._data) else 0

    def next_frame(self) -> Frame | None:
        """The next complete frame, or None.

        Raises `PacketTooLargeError` as soon as a frame announces more than the limit, `MalformedPacketError` when its length is none.
        """
        header = self._header()
        if header is None:
            return None
        start, length = header
        end = start + length
        if end > len(self._data):
            return None
        frame = Frame(self._data[self._position], bytes(self._data[start:end]))
        self._position = end
        return frame

    def _header(self) -> tuple[int, int] | None:
        """Where the body starts and how long it is; None while the fixed header is incomplete."""
        data = self._data
        length = 0
        for offset in range(1, _MAXIMUM_HEADER_BYTES):
            index = self._position + offset
            if index >= len(data):
                return None
            byte = data[index]
            length |= (byte & 0x7F) << (7 * (offset - 1))
            if byte < 0x80:
                if length > self.maximum_body_bytes:
                    raise PacketTooLargeError(f"{length} bytes announced, {self.maximum_body_bytes} taken")
                return index + 1, length
        raise MalformedPacketError("remaining length is longer than four bytes")
