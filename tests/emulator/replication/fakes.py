"""Streams in memory and in a file, which refuse what they are told to refuse."""

import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from emulator.replication.errors import TargetUnavailableError
from emulator.replication.record_format import Record
from emulator.replication.source import Source


@dataclass
class FakeTarget:
    """Keeps accepted records in order. `refuses` is the share of records that it does not accept; `down` makes it unavailable."""

    refuses: float = 0.0
    down: bool = False
    records: list[Record] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    choice: Random = field(default_factory=lambda: Random(7))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, records: Sequence[Record]) -> list[bool]:
        """Accept what is not refused."""
        if self.down:
            raise TargetUnavailableError("the stream is down")
        with self._lock:
            accepted = [self.choice.random() >= self.refuses for _ in records]
            self.calls.append(len(records))
            self.records += [record for record, kept in zip(records, accepted, strict=True) if kept]
        return accepted

    def documents(self) -> list[dict[str, Any]]:
        """What was accepted, parsed."""
        with self._lock:
            return [json.loads(record.data) for record in self.records]


@dataclass
class FileTarget:
    """A stream that outlives the process which writes to it. Some calls fail, some records are refused."""

    file: Path
    choice: Random

    def __post_init__(self) -> None:
        """What a killed predecessor wrote half was never accepted."""
        if self.file.exists():
            os.truncate(self.file, self.file.read_bytes().rfind(b"\n") + 1)

    def put(self, records: Sequence[Record]) -> list[bool]:
        """Append what is accepted in one write."""
        if self.choice.random() < 0.05:
            raise TargetUnavailableError("the stream is down for a moment")
        accepted = [self.choice.random() >= 0.02 for _ in records]
        lines = b"".join(record.data + b"\n" for record, kept in zip(records, accepted, strict=True) if kept)
        with self.file.open("ab", buffering=0) as file:
            file.write(lines)
        return accepted


@dataclass
class FakeEndpoints:
    """The database that an endpoint names, and one target for all."""

    stream: Any

    def source(self, endpoint: Mapping[str, Any]) -> Source:
        """The database."""
        return Source(endpoint["ServerName"], endpoint["Port"], endpoint["Username"], endpoint["Password"])

    def target(self, _endpoint: Mapping[str, Any]) -> Any:
        """The stream."""
        return self.stream
