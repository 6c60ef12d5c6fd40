"""The table of how live it is: what was measured, beside what is wanted."""

from dataclasses import replace

from launcher.measuring.live import EVENT_P95_MS, Liveness, table

GOOD = Liveness(2, 50.0, (100, 200), (1000, 2000), (EVENT_P95_MS, EVENT_P95_MS))


def test_what_is_as_wanted_is_told_without_more() -> None:
    assert GOOD.is_as_wanted
    _, stored, searchable, event = table(GOOD)
    assert [line.split()[0] for line in (stored, searchable)] == ["stored", "searchable"]
    assert "<= 2000 ms" in event
    assert "missed" not in "".join(table(GOOD))


def test_a_95th_percentile_above_what_is_wanted_is_missed() -> None:
    slow = replace(GOOD, event_ms=(0, EVENT_P95_MS + 1))
    assert slow.is_complete
    assert not slow.is_as_wanted
    assert ["missed" in line for line in table(slow)] == [False, False, False, True]


def test_a_message_that_was_never_seen_is_told() -> None:
    lost = replace(GOOD, searchable_ms=(250,))
    assert not lost.is_complete
    assert not lost.is_as_wanted
    assert ["1 of 2 NOT SEEN" in line for line in table(lost)] == [False, False, True, False]
