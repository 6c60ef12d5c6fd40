"""Times as text and back. Patterns follow Joda-Time (parse_time) and JDK 11 (time_to_epoch), which agree in the letters below."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emulator.iot_core.sql.functions.function import Function, of_values
from emulator.iot_core.sql.functions.time_patterns import PatternError, format_time, read_time
from emulator.iot_core.sql.values import UNDEFINED, Value, to_int, to_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _parse_time(pattern: Value, timestamp: Value, zone: Value = "UTC") -> Value:
    """Epoch milliseconds as text in a time zone. (The function's name is AWS's.)"""
    text, milliseconds, name = to_text(pattern), to_int(timestamp), to_text(zone)
    if text is None or milliseconds is None or name is None:
        return UNDEFINED
    try:
        return format_time(text, (EPOCH + timedelta(milliseconds=milliseconds)).astimezone(ZoneInfo(name)))
    except (PatternError, ZoneInfoNotFoundError, OverflowError, ValueError, OSError):
        return UNDEFINED


def _time_to_epoch(timestamp: Value, pattern: Value) -> Value:
    """Text as epoch milliseconds; UTC where it names no zone."""
    text, shape = to_text(timestamp), to_text(pattern)
    if text is None or shape is None:
        return UNDEFINED
    try:
        return (read_time(shape, text) - EPOCH) // timedelta(milliseconds=1)
    except (PatternError, ZoneInfoNotFoundError, OverflowError, ValueError, OSError):
        return UNDEFINED


FUNCTIONS: Mapping[str, Function] = {
    "parse_time": of_values(_parse_time, 2, 3, since_v2=True),
    "time_to_epoch": of_values(_time_to_epoch, 2, since_v2=True),
}
