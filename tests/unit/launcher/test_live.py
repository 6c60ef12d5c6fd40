"""What counts as arrived, and when."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.live import Liveness, delays_ms, sessions_sent, table
from launcher.percentiles import percentile
from launcher.sightings import Sighting


def message(number: int, handed_at: int | None, session: str = "f-1-aa", values: int = 240) -> dict[str, Any]:
    return {"id": f"{session}-{number:06d}", "handed_at": handed_at, "values": values}


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


def test_a_message_has_arrived_with_the_first_count_that_includes_it() -> None:
    sent = sessions_sent([message(0, 1000), message(1, 1020), message(2, 1040)])
    seen = [Sighting(1500, "f-1-aa", 240), Sighting(1600, "f-1-aa", 479), Sighting(1700, "f-1-aa", 720), Sighting(1900, "f-1-aa", 720)]
    assert delays_ms(sent, seen) == [500, 680, 660]


def test_sessions_are_told_apart_and_others_are_no_matter() -> None:
    sent = sessions_sent([message(0, 1000), message(0, 1000, "f-1-bb")])
    seen = [Sighting(1100, "f-1-bb", 240), Sighting(1100, "s-other", 9999), Sighting(1300, "f-1-aa", 240)]
    assert sorted(delays_ms(sent, seen)) == [100, 300]


def test_hand_over_decides_the_order_and_what_was_never_handed_over_does_not_count() -> None:
    (session,) = sessions_sent([message(0, 1040), message(1, 1000, values=10), message(2, None)]).values()
    assert (session.handed_at_ms, session.counts) == ((1000, 1040), (10, 250))


def test_an_older_state_seen_later_takes_nothing_back() -> None:
    sent = sessions_sent([message(0, 1000), message(1, 1020)])
    seen = [Sighting(1200, "f-1-aa", 480), Sighting(1300, "f-1-aa", 240)]
    assert delays_ms(sent, seen) == [200, 180]


def test_what_was_never_seen_has_no_delay_and_the_table_says_so() -> None:
    sent = sessions_sent([message(0, 1000), message(1, 1020)])
    delays = tuple(delays_ms(sent, [Sighting(1250, "f-1-aa", 240)]))
    found = Liveness(2, 50.0, delays, (100, 200))
    assert delays == (250,)
    assert not found.is_complete
    _, searchable, event = table(found)
    assert "250 ms" in searchable
    assert "1 of 2 NOT SEEN" in searchable
    assert "NOT SEEN" not in event
    assert "<= 2000 ms" in event


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 5)), min_size=1, max_size=30), st.integers(0, 300))
def test_a_reader_that_sees_every_state_a_while_later_measures_that_while(steps: list[tuple[int, int]], late_ms: int) -> None:
    at, count, messages, seen = 1000, 0, [], []
    for number, (gap_ms, values) in enumerate(steps):
        at, count = at + gap_ms + 1, count + values
        messages.append(message(number, at, values=values))
        seen.append(Sighting(at + late_ms, "f-1-aa", count))
    assert delays_ms(sessions_sent(messages), reversed(seen)) == [late_ms] * len(steps)
