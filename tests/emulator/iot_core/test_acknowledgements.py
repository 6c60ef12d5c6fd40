"""The window: whatever order things settle in, acknowledgements keep the order of the publishes, and none comes early or never."""

from hypothesis import given
from hypothesis import strategies as st

from emulator.iot_core.acknowledgements import AcknowledgementWindow, Pending

SHAPES = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=30)


@given(SHAPES, st.randoms(use_true_random=False))
def test_acknowledgements_keep_their_order_and_none_is_early_or_lost(shapes: list[tuple[int, bool]], random: object) -> None:
    window = AcknowledgementWindow(100)
    pendings = [Pending(index + 1, 1, rules, broker) for index, (rules, broker) in enumerate(shapes)]
    released = []
    for pending in pendings:
        window.open(pending)
    released += window.released()
    steps = [("rule", pending) for pending in pendings for _ in range(pending.rules)]
    steps += [("broker", pending) for pending in pendings if pending.broker]
    random.shuffle(steps)  # type: ignore[attr-defined]
    for kind, pending in steps:
        released += window.settle_rule(pending) if kind == "rule" else window.settle_broker(pending.packet_id)
        assert all(item.settled for item in released)
        assert released == pendings[: len(released)]
    assert released == pendings
    assert len(window) == 0


def test_a_full_window_takes_more_once_its_oldest_is_settled() -> None:
    window = AcknowledgementWindow(2)
    first, second = Pending(1, 1, 1, broker=False), Pending(2, 1, 1, broker=False)
    window.open(first)
    window.open(second)
    assert window.full
    assert window.settle_rule(second) == []
    assert window.full
    assert window.settle_rule(first) == [first, second]
    assert not window.full


def test_a_connection_that_ends_waits_for_the_rules_alone() -> None:
    window = AcknowledgementWindow(10)
    waiting, told = Pending(1, 1, 1, broker=True), Pending(2, 1, 0, broker=True)
    window.open(waiting)
    window.open(told)
    assert window.give_up_broker() == []
    assert window.settle_rule(waiting) == [waiting, told]


def test_an_acknowledgement_that_nobody_waits_for_is_ignored() -> None:
    assert AcknowledgementWindow(10).settle_broker(7) == []
