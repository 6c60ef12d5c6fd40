"""Percentiles of measured delays."""

from collections.abc import Sequence


def percentile(delays_ms: Sequence[int], percent: int) -> int:
    """The delay that `percent` of 100 do not exceed: an element of the sample, the nearest rank. 0 of an empty sample."""
    ordered = sorted(delays_ms)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, rank - 1)] if ordered else 0
