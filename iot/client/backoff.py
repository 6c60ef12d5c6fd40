"""How long to wait before trying again: exponential, with full jitter.

Source: AWS Architecture Blog, "Exponential Backoff and Jitter" (full jitter keeps a fleet from coming back all at once).
"""

from collections.abc import Callable
from random import SystemRandom

_random = SystemRandom().random


def pause_s(failures: int, first_s: float, longest_s: float, random: Callable[[], float] = _random) -> float:
    """Seconds to wait after the `failures`-th failure in a row (from 1), between half and the whole of the grown delay.

    Half stays fixed because the pause also guards against a hot loop, which a draw near zero would allow.
    """
    delay = min(longest_s, first_s * 2.0 ** min(failures - 1, 32))
    return delay / 2 + random() * delay / 2
