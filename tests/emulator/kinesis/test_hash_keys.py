"""Hash ranges cover the key space without a gap or an overlap, whatever happens to the shards."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.kinesis import scaling
from emulator.kinesis.hashing import MAX_HASH_KEY, HashRange, even_ranges, explicit_hash_key, hash_of


def assert_covers(ranges: list[HashRange]) -> None:
    ordered = sorted(ranges)
    assert ordered[0][0] == 0
    assert ordered[-1][1] == MAX_HASH_KEY
    assert all(one[1] + 1 == following[0] for one, following in pairwise(ordered))
    assert all(first <= last for first, last in ordered)


def applied(ranges: list[HashRange], steps: list[scaling.Replacement]) -> list[HashRange]:
    for step in steps:
        for parent in step.parents:
            ranges.remove(parent)
        ranges.extend(step.children)
        assert_covers(ranges)
    return sorted(ranges)


@given(st.integers(1, 500))
def test_even_ranges_cover_the_key_space(count: int) -> None:
    ranges = even_ranges(count)
    assert len(ranges) == count
    assert_covers(ranges)
    sizes = {last - first for first, last in ranges}
    assert max(sizes) - min(sizes) <= 1


@given(st.text(max_size=256))
def test_a_partition_key_hashes_into_the_key_space(key: str) -> None:
    assert 0 <= hash_of(key) <= MAX_HASH_KEY


def test_the_hash_of_a_partition_key_is_its_md5() -> None:
    assert hash_of("abc") == 0x900150983CD24FB0D6963F7D28E17F72


@given(st.integers(1, 40), st.integers(1, 40))
def test_scaling_reaches_even_shards_and_every_step_covers_the_key_space(current: int, target: int) -> None:
    assert applied(even_ranges(current), scaling.scale(even_ranges(current), target)) == even_ranges(target)


@given(st.data(), st.integers(1, 8), st.integers(1, 16))
def test_scaling_evens_out_shards_that_were_split_by_hand(data: st.DataObject, current: int, target: int) -> None:
    ranges = even_ranges(current)
    for _ in range(data.draw(st.integers(0, 4))):
        shard = data.draw(st.sampled_from([shard for shard in ranges if shard[0] < shard[1]]))
        cut = data.draw(st.integers(shard[0] + 1, shard[1]))
        ranges = applied(ranges, [scaling.split(shard, cut)])
    assert applied(list(ranges), scaling.scale(ranges, target)) == even_ranges(target)


def test_a_new_shard_may_begin_with_the_last_key_of_an_old_one() -> None:
    ranges = [(0, 2**127), (2**127 + 1, MAX_HASH_KEY)]
    assert applied(list(ranges), scaling.scale(ranges, 2)) == even_ranges(2)


def test_doubling_splits_each_shard_once() -> None:
    steps = scaling.scale(even_ranges(3), 6)
    assert [(len(step.parents), len(step.children)) for step in steps] == [(1, 2)] * 3


def test_halving_merges_neighbours() -> None:
    steps = scaling.scale(even_ranges(4), 2)
    assert [(len(step.parents), len(step.children)) for step in steps] == [(2, 1)] * 2


def test_scaling_to_the_same_even_count_does_nothing() -> None:
    assert scaling.scale(even_ranges(4), 4) == []


def test_only_neighbours_merge() -> None:
    one, _, other = even_ranges(3)
    with pytest.raises(ValueError, match="340282366920938463463374607431768211455"):
        scaling.merge(one, other)


@pytest.mark.parametrize("cut", [0, 2**127, -1])
def test_a_split_leaves_both_children_something(cut: int) -> None:
    with pytest.raises(ValueError, match=str(cut)):
        scaling.split(even_ranges(2)[0], cut)


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "0x10", "01", "٣", str(2**128)])
def test_an_explicit_hash_key_is_a_plain_decimal_below_2_to_128(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        explicit_hash_key(text)


@given(st.integers(0, MAX_HASH_KEY))
def test_every_hash_key_can_be_given_explicitly(key: int) -> None:
    assert explicit_hash_key(str(key)) == key
