"""Instants: epoch milliseconds inside, ISO 8601 in UTC with milliseconds outside."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from chalicelib.domain.telemetry import EARLIEST_MS, LATEST_MS

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ENDS = [f".{millisecond:03d}Z" for millisecond in range(1000)]
_EPOCH_MS = re.compile(r"-?[0-9]{1,15}", re.ASCII)


def iso(epoch_ms: int) -> str:
    """The instant as `2026-11-24T07:30:00.123Z`."""
    return _second(epoch_ms // 1000) + _ENDS[epoch_ms % 1000]


def iso_many(instants_ms: Iterable[int]) -> list[str]:
    """`iso` for many instants, in whatever order; quick where neighbours share a second, as values of a series do."""
    texts = []
    last, start = None, ""
    for instant in instants_ms:
        second = instant // 1000
        if second != last:
            last, start = second, _second(second)
        texts.append(start + _ENDS[instant - second * 1000])
    return texts


def iso_day(epoch_ms: int) -> str:
    """The instant's day in UTC, as `2026-11-24`."""
    return iso(epoch_ms)[:10]


def epoch_ms(text: str) -> int:
    """The instant that the text tells: ISO 8601 (UTC where it names no zone), or epoch milliseconds.

    Raises ValueError when it tells none, or one outside the years that the database can hold.
    """
    instant = int(text) if _EPOCH_MS.fullmatch(text) else _since_epoch(text)
    if not EARLIEST_MS <= instant <= LATEST_MS:
        raise ValueError(f"{text!r} lies outside the years 1000 to 9999")
    return instant


def _since_epoch(text: str) -> int:
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MILLISECOND


def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
