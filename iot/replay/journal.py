"""What happened in a replay, line by line: handed over, acknowledged, parked.

The file is appended to with one system call a line, so that a SIGKILL loses nothing that was written, and a replay that goes on
after one appends to the same file. Each line is a JSON array: what, device, place in the plan, epoch milliseconds.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock

from iot.errors import DeviceSideError


class Happening(StrEnum):
    """What can happen to a message."""

    HANDED = "handed"
    ACKNOWLEDGED = "acknowledged"
    PARKED = "parked"


class Journal:
    """Appends to the file; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise DeviceSideError(f"the replay's journal {path} cannot be written: {error.strerror}") from error

    def write(self, happening: Happening, device_id: str, place: int, at_ms: int) -> None:
        """Notes what happened to the message at `place` of the device's plan."""
        line = f'["{happening}","{device_id}",{place},{at_ms}]\n'.encode()
        with self._lock:
            self._file.write(line)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._file.close()


@dataclass(frozen=True, slots=True)
class History:
    """The journal, read back; of several notes of one message the first counts."""

    handed: dict[tuple[str, int], int] = field(default_factory=dict)
    acknowledged: dict[tuple[str, int], int] = field(default_factory=dict)
    parked: dict[tuple[str, int], int] = field(default_factory=dict)


def read_history(path: Path) -> History:
    """What the journal says so far; a line that a SIGKILL cut short is left out."""
    history = History()
    moments = {Happening.HANDED: history.handed, Happening.ACKNOWLEDGED: history.acknowledged, Happening.PARKED: history.parked}
    for line in path.read_bytes().splitlines(keepends=True):
        if line.endswith(b"]\n"):
            happening, device_id, place, at_ms = json.loads(line)
            moments[Happening(happening)].setdefault((device_id, place), at_ms)
    return history
