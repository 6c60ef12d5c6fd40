"""The one stream log of this process: the provider writes to it, event source mappings read from it."""

import logging
import sqlite3
from functools import cache
from threading import Event, Lock, Thread

from emulator.kinesis.limits import Limits, NoLimits, ShardLimits
from emulator.kinesis.log import StreamLog
from emulator.settings import settings

LOG = logging.getLogger(__name__)

_TRIM_EVERY_S = 60.0
_opening = Lock()


def stream_log() -> StreamLog:
    """Opens the log in the emulator's data folder at the first call. Its streams are there when this returns."""
    with _opening:
        return _open()


@cache
def stream_limits() -> Limits:
    """The per-shard limits, as the settings have them."""
    return ShardLimits() if settings().kinesis_limits else NoLimits()


@cache
def _open() -> StreamLog:
    log = StreamLog(settings().data_dir / "streams.sqlite", limits=stream_limits())
    Thread(target=_trim_for_ever, args=(log,), name="kinesis-retention", daemon=True).start()
    return log


def _trim_for_ever(log: StreamLog) -> None:
    pause = Event()
    while True:
        try:
            log.trim()
        except sqlite3.Error:
            LOG.exception("trimming streams to their retention failed; trying again in %s s", _TRIM_EVERY_S)
        pause.wait(_TRIM_EVERY_S)
