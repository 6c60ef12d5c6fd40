"""Keep-alives between 30 s and 20 minutes, and one and a half of them as the longest silence."""

import pytest

from emulator.iot_core import limits
from emulator.iot_core.keep_alive import KeepAlive


@pytest.mark.parametrize(("asked_s", "holds_s"), [(0, 1200), (1, 30), (30, 30), (31, 31), (1200, 1200), (1201, 1200), (65535, 1200)])
def test_a_keep_alive_is_brought_within_its_bounds(asked_s: int, holds_s: int) -> None:
    assert limits.keep_alive_s(asked_s) == holds_s


def test_a_client_may_be_silent_for_one_and_a_half_keep_alives() -> None:
    keep_alive = KeepAlive(0.0)
    keep_alive.agreed(30)
    keep_alive.heard(100.0)
    assert not keep_alive.overdue(145.0)
    assert keep_alive.overdue(145.1)


def test_a_client_that_does_not_connect_is_given_ten_seconds() -> None:
    keep_alive = KeepAlive(0.0)
    assert not keep_alive.overdue(10.0)
    assert keep_alive.overdue(10.1)
