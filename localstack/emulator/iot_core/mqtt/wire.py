"""The data types of MQTT's wire format (MQTT 5, 1.5): integers, variable byte integers, strings and binary data."""

from struct import Struct

from emulator.iot_core.mqtt.errors import MalformedPacketError

U16 = Struct("!H")
U32 = Struct("!I")
MAXIMUM_VARIABLE_INTEGER = 268_435_455


def variable_integer(value: int) -> bytes:
    """A variable byte integer, one to four bytes. `value` is at most 268 435 455."""
    if not 0 <= value <= MAXIMUM_VARIABLE_INTEGER:
        raise ValueError(f"{value} does not fit a variable byte integer")
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def binary(value: bytes) -> bytes:
    """Binary data with its length in two bytes in front."""
    return U16.pack(len(value)) + value


def text(value: str) -> bytes:
    """A UTF-8 string with its length in two bytes in front."""
    return binary(value.encode())


class Reader:
    """Reads a packet's body from front to back; raises `MalformedPacketError` where it ends too early."""

    __slots__ = ("_body", "_position")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._position = 0

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._position >= len(self._body)

    def u8(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Two bytes, big endian."""
        return int.from_bytes(self.take(2))

    def u32(self) -> int:
        """Four bytes, big endian."""
        return int.from_bytes(self.take(4))

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        start = self._position
        end = start + count
        if end > len(self._body):
            raise MalformedPacketError("packet ends inside a field")
        self._position = end
        return self._body[start:end]

    def rest(self) -> bytes:
        """All that is left."""
        start = self._position
        self._position = len(self._body)
        return self._body[start:]

    def binary(self) -> bytes:
        """Binary data."""
        return self.take(self.u16())

    def text(self) -> str:
        """A UTF-8 string; U+0000 and surrogates are refused (MQTT 5, 1.5.4)."""
        try:
            value = self.binary().decode()
        except UnicodeDecodeError as error:
            raise MalformedPacketError("string is not UTF-8") from error
        if "\0" in value:
            raise MalformedPacketError("string holds U+0000")
        return value

    def variable_integer(self) -> int:
        """A variable byte integer in its shortest form (MQTT 5, 1.5.5)."""
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    raise MalformedPacketError("variable byte integer is longer than it needs to be")
                return value
        raise MalformedPacketError("variable byte integer is longer than four bytes")
