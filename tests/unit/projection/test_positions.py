"""Positions in the binary log as versions that grow with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import PoisonError, ReasonCode
from chalicelib.projection.positions import FILE_BITS, MAX_VERSION, POSITION_BITS, ROW_BITS, version_at

ROWS = (1 << ROW_BITS) - 1
AWS = "mysql-bin-changelog.002171.36912.0.36980.0.mysql-bin-changelog.002171.36853"
PLACES = st.tuples(*(st.integers(0, (1 << bits) - 1) for bits in (FILE_BITS, POSITION_BITS, ROW_BITS)))


def _text(file: int, position: int, row: int, name: str = "gonio") -> str:
    return f"{name}.{file:06d}.{position}.{row}"


def _aws_text(file: int, position: int, row: int = 0, name: str = "mysql-bin-changelog") -> str:
    return f"{name}.{file:06d}.{position}.{row}.{position + 68}.0.{name}.{file:06d}.{max(0, position - 59)}"


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


def test_aws_s_form_has_file_position_and_row_and_the_record_s_number_comes_first() -> None:
    assert version_at(AWS) == 2171 << 43 | 36912 << 13
    assert version_at(AWS.replace(".0.36980", ".5.36980")) == 2171 << 43 | 36912 << 13 | 5
    assert version_at(AWS, 7) == 2171 << 43 | 36912 << 13 | 7


def test_an_event_without_rows_is_at_its_position() -> None:
    assert (
        version_at("mysql-bin-changelog.157832.1975.-1.2002.677883278264080.mysql-bin-changelog.157832.1876") == 157832 << 43 | 1975 << 13
    )


def test_a_log_whose_name_ends_in_a_number_is_no_riddle() -> None:
    assert version_at(AWS.replace("changelog", "changelog.5"), 7) == version_at(AWS, 7)


@given(PLACES, PLACES)
def test_a_later_place_has_a_greater_version_in_aws_s_form_too(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    versions = [version_at(_aws_text(file, position), number) for file, position, number in (one, other)]
    assert (versions[0] < versions[1]) == (one < other)


@given(PLACES, st.lists(st.integers(0, 1 << 40), min_size=2, max_size=2))
def test_records_of_a_long_transaction_are_never_out_of_order(place: tuple[int, int, int], numbers: list[int]) -> None:
    file, position, _ = place
    versions = [version_at(_aws_text(file, position), number) for number in sorted(numbers)]
    assert versions[0] <= versions[1] <= version_at(_text(file, position, ROWS))


@given(PLACES)
def test_a_row_that_is_told_serves_where_the_record_s_number_is_not(place: tuple[int, int, int]) -> None:
    assert version_at(_aws_text(*place)) == version_at(_text(*place))


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
        AWS.removesuffix(".36853"),
        AWS.replace(".0.36980", ".-2.36980"),
        AWS.replace(".0.mysql", ".mysql"),
        AWS.replace("mysql", "other", 1),
        AWS + "\n",
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
