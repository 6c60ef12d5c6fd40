"""Iterators and next tokens: opaque, checked, and good for 300 seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.kinesis import tokens
from emulator.kinesis.model import StreamKey
from emulator.kinesis.sequence import ordinal_of, predecessor, sequence_number, shard_number_of

NOW_MS = 1_795_464_492_000
names = st.text("abcXYZ019_.-", min_size=1, max_size=128)
sequence_numbers = st.builds(sequence_number, st.integers(0, 2**42 - 1), st.integers(0, 2**20 - 1))


@given(names, st.none() | sequence_numbers, st.integers(0, tokens.LIFETIME_MS))
def test_an_iterator_says_what_was_sealed_until_it_expires(name: str, after: str | None, age_ms: int) -> None:
    iterator = tokens.ShardIterator(StreamKey("000000000000", "eu-west-1", name), NOW_MS, "shardId-000000000001", after)
    token = tokens.seal_iterator(iterator, NOW_MS)
    assert len(token) <= 512
    assert tokens.open_iterator(token, NOW_MS + age_ms) == iterator


@given(st.integers(1, 10**12))
def test_a_token_older_than_300_seconds_has_expired(more_ms: int) -> None:
    token = tokens.seal("x", NOW_MS)
    with pytest.raises(tokens.ExpiredTokenError):
        tokens.unseal(token, NOW_MS + tokens.LIFETIME_MS + more_ms)


@given(st.text(max_size=100))
def test_what_was_never_sealed_is_refused(token: str) -> None:
    with pytest.raises(tokens.InvalidTokenError):
        tokens.unseal(token, NOW_MS)


@given(st.data())
def test_a_changed_token_is_refused(data: st.DataObject) -> None:
    token = tokens.seal(["stream", 1], NOW_MS)
    index = data.draw(st.integers(0, len(token) - 3))
    other = data.draw(st.sampled_from("abcdefghABCDEFGH0123").filter(lambda c: c != token[index]))
    with pytest.raises(tokens.InvalidTokenError):
        tokens.unseal(token[:index] + other + token[index + 1 :], NOW_MS)


def test_a_next_token_is_no_iterator() -> None:
    with pytest.raises(tokens.InvalidTokenError):
        tokens.open_iterator(tokens.seal("streams", NOW_MS), NOW_MS)


@given(st.integers(1, 2**42 - 1), st.integers(0, 2**20 - 1))
def test_a_sequence_number_has_56_digits_and_tells_ordinal_and_shard(ordinal: int, shard_number: int) -> None:
    number = sequence_number(ordinal, shard_number)
    assert len(number) == 56
    assert number.isdecimal()
    assert (ordinal_of(number), shard_number_of(number)) == (ordinal, shard_number)
    assert ordinal_of(predecessor(number)) == ordinal - 1


@given(st.integers(0, 2**42 - 2), st.integers(0, 2**20 - 1), st.integers(0, 2**20 - 1))
def test_sequence_numbers_grow_over_the_shards_of_a_stream(ordinal: int, one: int, other: int) -> None:
    assert int(sequence_number(ordinal, one)) < int(sequence_number(ordinal + 1, other))
