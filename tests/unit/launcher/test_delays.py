"""What counts as arrived, and when."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from launcher.measuring.delays import Delay, count_of, delays, sessions_sent
from launcher.measuring.sightings import Sighting


def message(number: int, handed_at: int | None, session: str = "f-1-aa", values: int = 240) -> dict[str, Any]:
    return {"id": f"{session}-{number:06d}", "handed_at": handed_at, "values": values}


def test_a_message_has_arrived_with_the_first_count_that_includes_it() -> None:
    sent = sessions_sent([message(0, 1000), message(1, 1020), message(2, 1040)])
    seen = [Sighting(1500, "f-1-aa", 240), Sighting(1600, "f-1-aa", 479), Sighting(1700, "f-1-aa", 720), Sighting(1900, "f-1-aa", 720)]
    assert delays(sent, seen) == [Delay(1000, 500), Delay(1020, 680), Delay(1040, 660)]


def test_sessions_are_told_apart_and_others_are_no_matter() -> None:
    sent = sessions_sent([message(0, 1000), message(0, 1000, "f-1-bb")])
    seen = [Sighting(1100, "f-1-bb", 240), Sighting(1100, "s-other", 9999), Sighting(1300, "f-1-aa", 240)]
    assert [delay.ms for delay in delays(sent, seen)] == [100, 300]


def test_delays_come_in_the_order_of_hand_over_whatever_their_session() -> None:
    sent = sessions_sent([message(0, 1000), message(0, 1010, "f-1-bb"), message(1, 1020)])
    seen = [Sighting(1100, "f-1-bb", 240), Sighting(1200, "f-1-aa", 480)]
    assert delays(sent, seen) == [Delay(1000, 200), Delay(1010, 90), Delay(1020, 180)]


def test_hand_over_decides_the_order_and_what_was_never_handed_over_does_not_count() -> None:
    (session,) = sessions_sent([message(0, 1040), message(1, 1000, values=10), message(2, None)]).values()
    assert (session.handed_at_ms, session.counts) == ((1000, 1040), (10, 250))


def test_a_duplicate_counts_once_from_its_first_hand_over_and_what_brings_no_values_not_at_all() -> None:
    sent = sessions_sent([message(0, 1000), message(1, 1060), message(0, 1030), message(1, 1040), message(2, 1010, values=0)])
    assert count_of(sent) == 2
    assert sent["f-1-aa"].handed_at_ms == (1000, 1040)


def test_an_older_state_seen_later_takes_nothing_back() -> None:
    sent = sessions_sent([message(0, 1000), message(1, 1020)])
    seen = [Sighting(1200, "f-1-aa", 480), Sighting(1300, "f-1-aa", 240)]
    assert [delay.ms for delay in delays(sent, seen)] == [200, 180]


def test_what_was_never_seen_has_no_delay() -> None:
    sent = sessions_sent([message(0, 1000), message(1, 1020)])
    assert delays(sent, [Sighting(1250, "f-1-aa", 240)]) == [Delay(1000, 250)]


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 5)), min_size=1, max_size=30), st.integers(0, 300))
def test_a_reader_that_sees_every_state_a_while_later_measures_that_while(steps: list[tuple[int, int]], late_ms: int) -> None:
    at, count, messages, seen = 1000, 0, [], []
    for number, (gap_ms, values) in enumerate(steps):
        at, count = at + gap_ms + 1, count + values
        messages.append(message(number, at, values=values))
        seen.append(Sighting(at + late_ms, "f-1-aa", count))
    assert [delay.ms for delay in delays(sessions_sent(messages), reversed(seen))] == [late_ms] * len(steps)
