"""Locks between the launcher's processes. The kernel frees one when its process ends, however that ends; no child inherits it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(file: Path, waits: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock, waiting until it is free; `waits` is called before a wait. A process that holds it waits for itself for ever."""
    with os.fdopen(_opened(file)) as lock:
        if not _take(lock.fileno()):
            waits()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def if_free(file: Path) -> Iterator[bool]:
    """Hold the lock if nobody else does; whether it is held."""
    with os.fdopen(_opened(file)) as lock:
        yield _take(lock.fileno())


def _opened(file: Path) -> int:
    return os.open(file, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)


def _take(lock: int) -> bool:
    """Take it if it is free; whether it was."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
