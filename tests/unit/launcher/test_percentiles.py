"""Percentiles of delays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.measuring.percentiles import percentile


@pytest.mark.parametrize(("percent", "delay"), [(0, 1), (50, 50), (95, 95), (100, 100)])
def test_a_percentile_is_the_nearest_rank(percent: int, delay: int) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == delay


def test_no_delays_have_no_percentile() -> None:
    assert percentile([], 95) == 0


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(0, 100))
def test_so_many_of_a_hundred_do_not_exceed_a_percentile(delays: list[int], percent: int) -> None:
    found = percentile(delays, percent)
    assert found in delays
    assert sum(delay <= found for delay in delays) * 100 >= percent * len(delays)
