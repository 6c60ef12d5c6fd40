"""The machine's clock and the waiting on it: the only module that knows what time it is."""

import random
import time

FIRST_WAIT_S = 0.02
LONGEST_WAIT_S = 1.0


class SystemClock:
    """The wall clock."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return time.time_ns() // 1_000_000


class RandomBackoff:
    """Waits a random time below a bound that doubles with each repetition (AWS's "full jitter")."""

    def wait(self, attempt: int) -> None:
        """See the port `Backoff`."""
        bound_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt)
        time.sleep(random.uniform(0, bound_s))  # noqa: S311 - spreads repetitions, guards nothing


class SystemPause:
    """Waits as long as it is told."""

    def wait(self, duration_ms: int) -> None:
        """See the port `Pause`."""
        time.sleep(duration_ms / 1000)
