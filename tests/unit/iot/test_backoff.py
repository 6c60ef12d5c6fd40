"""Pauses between attempts."""

from hypothesis import given
from hypothesis import strategies as st

from iot.client.backoff import pause_s


@given(failures=st.integers(1, 10_000), random=st.floats(0, 1, exclude_max=True))
def test_a_pause_lies_between_half_and_the_whole_of_the_grown_delay(failures: int, random: float) -> None:
    pause = pause_s(failures, 1.0, 60.0, lambda: random)
    grown = min(60.0, 2.0 ** min(failures - 1, 10))
    assert grown / 2 <= pause <= grown


def test_devices_do_not_all_come_back_at_once() -> None:
    assert len({pause_s(5, 1.0, 60.0) for _ in range(20)}) > 1
