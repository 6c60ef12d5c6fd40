"""encode and decode: base64 is the one scheme that AWS has (and Protobuf, which is not here)."""

import base64
import binascii
from collections.abc import Mapping

from emulator.iot_core.sql.functions.function import Function
from emulator.iot_core.sql.payload import exact, read
from emulator.iot_core.sql.values import UNDEFINED, Value, to_text


def _encode(value: Value, scheme: Value) -> Value:
    """``*`` comes as the payload's own bytes; anything else is converted to a String first."""
    text = None if isinstance(value, bytes) else to_text(value)
    data = value if isinstance(value, bytes) else None if text is None else text.encode()
    return UNDEFINED if data is None or scheme != "base64" else base64.b64encode(data).decode("ascii")


def _decode(value: Value, scheme: Value) -> Value:
    """A JSON document comes back as its value, other text as a String, and what cannot be decoded as Null (not Undefined)."""
    if not isinstance(value, str) or scheme != "base64":
        return UNDEFINED
    try:
        data = base64.b64decode(value, validate=True)
        document = read(data)
        return data.decode() if document is UNDEFINED else exact(document, data)
    except (binascii.Error, ValueError):
        return None


FUNCTIONS: Mapping[str, Function] = {
    "decode": Function(_decode, 2, 2, since_v2=True),
    "encode": Function(_encode, 2, 2, since_v2=True, takes_star=True),
}
