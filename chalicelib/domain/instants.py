"""Instants: epoch milliseconds inside, ISO 8601 in UTC with milliseconds outside."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from chalicelib.domain.telemetry import EARLIEST_MS, LATEST_MS

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SECONDS = [f"{second:02d}" for second in range(60)]
_ENDS = [f".{millisecond:03d}Z" for millisecond in range(1000)]
_EPOCH_MS = re.compile(r"-?[0-9]{1,15}", re.ASCII)


def iso(epoch_ms: int) -> str:
    """The instant as `2026-11-24T07:30:00.123Z`."""
    return _second(epoch_ms // 1000) + _ENDS[epoch_ms % 1000]


def iso_many(instants_ms: Sequence[int]) -> list[str]:
    """`iso` for many instants in ascending order; quick where neighbours share a second, as values of a series do."""
    texts: list[str] = []
    while (begun := len(texts)) < len(instants_ms):
        second = instants_ms[begun] // 1000
        start, start_ms = _second(second), second * 1000
        end = bisect_left(instants_ms, start_ms + 1000, begun)
        texts += [start + _ENDS[it - start_ms] for it in instants_ms[begun:end]]
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
    return _minute(second // 60) + _SECONDS[second % 60]


@lru_cache(maxsize=1024)
def _minute(minute: int) -> str:
    return (_EPOCH + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:").rjust(17, "0")
