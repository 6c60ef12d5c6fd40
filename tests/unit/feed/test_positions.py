"""Positions in the stream of changes, and the text that carries them."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.feed.positions import Kind, ShardPosition, event_id, positions_of

SHARD_IDS = st.from_regex(r"\A[a-zA-Z0-9_.-]{1,30}\Z")
INSTANTS = st.integers(0, 2**53)
PLAIN = st.builds(ShardPosition, st.sampled_from([Kind.SINCE, Kind.WHOLE, Kind.ENDED]), INSTANTS)
AFTER = st.builds(ShardPosition, st.just(Kind.AFTER), INSTANTS, st.integers(0, 10**56).map(str))


@given(st.dictionaries(SHARD_IDS, PLAIN | AFTER, min_size=1, max_size=5))
def test_positions_come_back_from_a_browser(positions: dict[str, ShardPosition]) -> None:
    text = event_id(positions)

    assert positions_of(text) == positions
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


def _text(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "a" * 70_000,
        "YQ==",
        _text({}),
        _text([]),
        _text({"shard": ["s", 1]}),
        _text({"shard": ["s", 1, None]}),
        _text({"shard": ["s", 1, "01"]}),
        _text({"shard": ["s", 1, "-1"]}),
        _text({"shard": ["s", 1, "1" * 130]}),
        _text({"shard": ["t", 1, "1"]}),
        _text({"shard": ["t", -1]}),
        _text({"shard": ["t", 2**60]}),
        _text({"shard": ["x", 1]}),
        _text({"shard": ["t", 1, None, 1]}),
        _text({"a b": ["t", 1]}),
        _text({"s" * 129: ["t", 1]}),
        _text({f"shard-{number}": ["t", 1] for number in range(513)}),
    ],
    ids=lambda it: it[:24],
)
def test_what_event_id_never_made(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        positions_of(text)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        positions_of(text)
