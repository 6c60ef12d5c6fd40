"""Room on the disk: what a stack needs, and the sentence when there is less. A full disk shows in servers' logs only, and late."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

NEEDED_BYTES = 1_000_000_000


class Usage(Protocol):
    """A disk's figures in bytes, as `shutil.disk_usage` answers them."""

    @property
    def free(self) -> int:
        """What may still be written."""


type DiskUsage = Callable[[Path], Usage]


def shortage(folder: Path, disk_usage: DiskUsage = shutil.disk_usage) -> str | None:
    """What is wrong with the room on the folder's disk; None when there is enough."""
    free = disk_usage(folder).free
    if free >= NEEDED_BYTES:
        return None
    return f"{folder} has {free / 1e6:.0f} MB free and the stack needs {NEEDED_BYTES / 1e6:.0f}; make room"


class Notices:
    """Says that room has become short, once until there has been enough again."""

    def __init__(self, folder: Path, say: Callable[[str], None], disk_usage: DiskUsage = shutil.disk_usage) -> None:
        self._folder, self._say, self._disk_usage = folder, say, disk_usage
        self._was_short = False

    def look(self) -> None:
        """One look."""
        short = shortage(self._folder, self._disk_usage)
        if short and not self._was_short:
            self._say(f"disk: {short}")
        self._was_short = short is not None
