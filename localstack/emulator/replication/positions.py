"""Places in a binary log."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class LogPosition:
    """Where an event of the binary log ends: the log's file and the offset in it, in bytes."""

    file: str
    offset: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`file:offset`, as `CdcStartPosition` has it. Raises ValueError for anything else."""
        file, colon, offset = text.rpartition(":")
        if not colon or not file or not offset.isdecimal():
            raise ValueError(f"'{text}' is no log position; it has the form <log file>:<offset>")
        return cls(file, int(offset))

    def __str__(self) -> str:
        return f"{self.file}:{self.offset}"

    def of_row(self, row: int) -> str:
        """The `stream-position` of a row of the event that ends here; rows count from 0."""
        return f"{self.file}.{self.offset}.{row}"
