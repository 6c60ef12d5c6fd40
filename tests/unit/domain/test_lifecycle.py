"""Of presence events, any order and any repetition end at how the connection really stands."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.lifecycle import Connection
from chalicelib.domain.sessions import Contact, DeviceKey
from tests.messages import NOW_MS

ACCURACY_MS = 2 * 60 * 1000
HOUR_MS = 60 * 60 * 1000


@st.composite
def histories(draw: st.DrawFn) -> list[Connection]:
    """What AWS IoT tells of a client in the order in which it happened, by clocks that are up to two minutes wrong."""
    told: list[Connection] = []
    now_ms, version = NOW_MS, draw(st.integers(0, 3))
    for number in range(draw(st.integers(1, 5))):
        told.append(Connection(True, now_ms + draw(_errors), version, f"c-{number}"))
        now_ms += draw(st.integers(0, 3 * HOUR_MS))
        told.append(Connection(False, now_ms + draw(_errors), version, f"c-{number}"))
        # A client that takes its own place is told to have left only after it is back.
        away_ms = draw(st.integers(-1000, 3 * HOUR_MS))
        version = draw(st.integers(0, 3)) if away_ms >= HOUR_MS else version + draw(st.integers(1, 3))
        now_ms += away_ms
    return told[: draw(st.integers(1, len(told)))]


_errors = st.integers(-ACCURACY_MS, ACCURACY_MS)


@given(histories(), st.data())
def test_any_order_and_repetition_ends_at_the_last_event(history: list[Connection], data: st.DataObject) -> None:
    repeats = data.draw(st.lists(st.sampled_from(history), max_size=4))
    told = data.draw(st.permutations([*history, *repeats]))

    contact = reduce(Contact.with_connection, told, Contact(DeviceKey("t-1", "d-1")))

    assert contact.connection == history[-1]


def test_the_end_of_a_connection_that_was_replaced_does_not_hide_its_successor() -> None:
    successor, end_of_the_first = Connection(True, NOW_MS, 8, "c-8"), Connection(False, NOW_MS + 50, 7, "c-7")

    assert successor.follows(end_of_the_first)
    assert not end_of_the_first.follows(successor)


def test_versions_that_begin_anew_are_younger() -> None:
    assert Connection(True, NOW_MS + HOUR_MS, 0, "c-0").follows(Connection(False, NOW_MS, 99, "c-99"))
