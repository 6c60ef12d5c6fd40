"""Recordings: joint angles over time, read from CSV (`t_ms`, `repetition`, then one column a metric)."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from iot.errors import RecordingError

SHIPPED = Path(__file__).resolve().parent.parent / "recordings"
"""The recordings that come with the project; its README tells source and licence."""

SAMPLE_INTERVAL_MS = 33.333
"""30 samples a second, in the three decimals that a device's clock gives."""

_EXERCISES = {
    "m01": "deep_squat",
    "m02": "hurdle_step",
    "m03": "inline_lunge",
    "m04": "side_lunge",
    "m05": "sit_to_stand",
    "m06": "standing_active_straight_leg_raise",
    "m07": "standing_shoulder_abduction",
    "m08": "standing_shoulder_extension",
    "m09": "standing_shoulder_rotation",
    "m10": "standing_shoulder_scaption",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """All metrics at one moment; `values` in the order of the recording's metrics, in degrees."""

    t_ms: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording; samples in ascending time."""

    name: str
    metrics: tuple[str, ...]
    samples: tuple[Sample, ...]

    @property
    def exercise(self) -> str:
        """The exercise by the movement's number in the file's name."""
        return _EXERCISES.get(self.name.split("_")[0], "unknown")

    @property
    def duration_ms(self) -> int:
        """From the recording's start to its last sample."""
        return self.samples[-1].t_ms


def load(path: Path) -> Recording:
    """Reads a recording; raises `RecordingError` with the line that is wrong."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            samples = tuple(_sample(path, line, row, len(header)) for line, row in enumerate(rows, start=2))
    except OSError as error:
        raise RecordingError(f"the recording {path} cannot be read: {error.strerror}") from error
    if header[:2] != ["t_ms", "repetition"] or len(header) < 3 or not samples:
        raise RecordingError(f"{path} is not a recording: it needs t_ms, repetition, at least one metric and one sample")
    _require_ascending(path, samples)
    return Recording(path.stem, tuple(header[2:]), samples)


def find(name: str) -> Recording:
    """A recording by its file, or one of the project's by its name, for example `m07_s01`."""
    path = Path(name)
    return load(path if path.suffix else SHIPPED / f"{name}.csv")


def all_shipped() -> list[Recording]:
    """The project's recordings, by name."""
    return [load(path) for path in sorted(SHIPPED.glob("*.csv"))]


def _sample(path: Path, line: int, row: Sequence[str], columns: int) -> Sample:
    if len(row) != columns:
        raise RecordingError(f"{path} line {line} has {len(row)} columns instead of {columns}")
    try:
        return Sample(int(row[0]), tuple(float(text) for text in row[2:]))
    except ValueError as error:
        raise RecordingError(f"{path} line {line}: {error}") from error


def _require_ascending(path: Path, samples: Sequence[Sample]) -> None:
    for before, after in pairwise(samples):
        if after.t_ms <= before.t_ms:
            raise RecordingError(f"{path}: the time {after.t_ms} ms does not come after {before.t_ms} ms")
