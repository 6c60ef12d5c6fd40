"""What is wanted of a figure, beside what it is: a benchmark that misses one ends with 1."""

from collections.abc import Iterable


def verdict(figure: float, at_most: float) -> str:
    """`missed` behind a figure that is above what is wanted; nothing behind one that is not."""
    return "missed" if figure > at_most else ""


def status(verdicts: Iterable[str]) -> int:
    """A benchmark's exit status: 1 when a figure was missed."""
    return 1 if any(verdicts) else 0
