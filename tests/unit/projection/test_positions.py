"""Positions in the binary log as versions that grow with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import PoisonError, ReasonCode
from chalicelib.projection.positions import FILE_BITS, MAX_VERSION, POSITION_BITS, ROW_BITS, version_at

PLACES = st.tuples(*(st.integers(0, (1 << bits) - 1) for bits in (FILE_BITS, POSITION_BITS, ROW_BITS)))


def _text(file: int, position: int, row: int, name: str = "gonio") -> str:
    return f"{name}.{file:06d}.{position}.{row}"


def test_file_position_and_row_each_have_their_bits() -> None:
    assert version_at("gonio.000003.4711.2") == 3 << 43 | 4711 << 13 | 2


@given(PLACES, PLACES)
def test_a_later_place_has_a_greater_version(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    assert (version_at(_text(*one)) < version_at(_text(*other))) == (one < other)


@given(PLACES)
def test_every_version_is_one_that_opensearch_takes(place: tuple[int, int, int]) -> None:
    assert 0 <= version_at(_text(*place)) <= MAX_VERSION


def test_the_last_place_has_the_greatest_version() -> None:
    assert version_at(_text((1 << FILE_BITS) - 1, (1 << POSITION_BITS) - 1, (1 << ROW_BITS) - 1)) == MAX_VERSION


def test_the_log_may_be_called_with_dots_and_dashes() -> None:
    assert version_at("mysql-bin.changelog.000003.4711.2") == version_at("gonio.000003.4711.2")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gonio",
        "gonio.000003.4711",
        "000003.4711.2",
        "gonio.x.4711.2",
        "gonio.3.-1.2",
        "gonio.3.4711.2.",
        "gonio.3.4711.\u0662",
        "gonio.3.4.2\n",
    ],
)
def test_what_is_no_position_is_poison(text: str) -> None:
    with pytest.raises(PoisonError) as caught:
        version_at(text)
    assert caught.value.reason.code is ReasonCode.INVALID_CHANGE


@pytest.mark.parametrize("place", [(1 << FILE_BITS, 0, 0), (0, 1 << POSITION_BITS, 0), (0, 0, 1 << ROW_BITS)])
def test_a_place_beyond_its_bits_is_poison_and_not_another_place(place: tuple[int, int, int]) -> None:
    with pytest.raises(PoisonError, match="too great"):
        version_at(_text(*place))
