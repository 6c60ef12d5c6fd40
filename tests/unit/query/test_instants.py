"""Instants in and out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instants import epoch_ms, iso, iso_many
from chalicelib.domain.telemetry import EARLIEST_MS, LATEST_MS

INSTANTS = st.integers(EARLIEST_MS, LATEST_MS)


@given(INSTANTS)
def test_an_instant_comes_back_from_its_text(instant: int) -> None:
    assert epoch_ms(iso(instant)) == instant == epoch_ms(str(instant))


@given(st.lists(INSTANTS | st.integers(-2000, 2000)).map(sorted))
def test_many_at_once_are_as_one_by_one(instants: list[int]) -> None:
    assert iso_many(instants) == [iso(it) for it in instants]


@given(INSTANTS, INSTANTS)
def test_texts_are_in_the_order_of_time(one: int, other: int) -> None:
    assert (iso(one) < iso(other)) == (one < other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T07:30:00.123Z", "2026-11-24T07:30:00.123Z"),
        ("2026-11-24T08:30:00+01:00", "2026-11-24T07:30:00.000Z"),
        ("2026-11-24T07:30:00", "2026-11-24T07:30:00.000Z"),
        ("2026-11-24", "2026-11-24T00:00:00.000Z"),
        ("0", "1970-01-01T00:00:00.000Z"),
        ("-1", "1969-12-31T23:59:59.999Z"),
    ],
)
def test_texts_that_tell_an_instant(text: str, expected: str) -> None:
    assert iso(epoch_ms(text)) == expected


@pytest.mark.parametrize("text", ["", "now", "1e3", "2026-13-01", "0001-01-01", "9999-12-31T23:59:59Z", "9" * 16, "٣", "1.5"])
def test_texts_that_tell_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of Python or of ours: the caller names the parameter
        epoch_ms(text)
