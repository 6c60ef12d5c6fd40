"""How long to wait before a failed batch is sent again."""

FIRST_S = 0.25
LONGEST_S = 10.0


def back_off_s(failures_in_a_row: int) -> float:
    """Seconds to wait after so many failures: 0 after none, then doubling up to a bound. AWS does not publish its own."""
    if failures_in_a_row == 0:
        return 0.0
    return min(FIRST_S * 2.0 ** min(failures_in_a_row - 1, 16), LONGEST_S)
