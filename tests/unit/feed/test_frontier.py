"""Positions that follow shards through splits and merges."""

from chalicelib.feed.frontier import advanced, from_now, is_lost
from chalicelib.feed.ports import Shard
from chalicelib.feed.positions import Kind, ShardPosition

SINCE = ShardPosition(Kind.SINCE, 100)
ENDED = ShardPosition(Kind.ENDED, 50)
WHOLE = ShardPosition(Kind.WHOLE, 50)


def test_whoever_begins_now_reads_what_is_open() -> None:
    shards = [Shard("a", is_open=False), Shard("b", ("a",)), Shard("c", ("a",))]

    assert from_now(shards, 100) == {"b": SINCE, "c": SINCE}


def test_children_take_the_place_of_a_shard_that_was_read() -> None:
    shards = [Shard("a", is_open=False), Shard("b", ("a",)), Shard("c", ("a",)), Shard("other")]

    assert advanced({"a": ENDED, "other": SINCE}, shards) == {"b": WHOLE, "c": WHOLE, "other": SINCE}


def test_a_child_waits_for_both_parents() -> None:
    shards = [Shard("a", is_open=False), Shard("b", is_open=False), Shard("ab", ("a", "b"))]
    later = ShardPosition(Kind.ENDED, 70)

    assert advanced({"a": ENDED, "b": SINCE}, shards) == {"a": ENDED, "b": SINCE}
    assert advanced({"a": ENDED, "b": later}, shards) == {"ab": WHOLE}


def test_a_child_does_not_wait_for_a_parent_that_was_never_read() -> None:
    shards = [Shard("a", is_open=False), Shard("b", is_open=False), Shard("ab", ("a", "b"))]

    assert advanced({"a": ENDED}, shards) == {"ab": WHOLE}


def test_a_child_waits_for_a_parent_that_is_still_to_come() -> None:
    closed = [Shard(it, is_open=False) for it in "abc"]
    shards = [*closed, Shard("ab", ("a", "b"), is_open=False), Shard("abc", ("ab", "c"))]
    first = advanced({"a": ENDED, "b": ENDED, "c": ENDED}, shards)

    assert first == {"ab": WHOLE, "c": ENDED}
    assert advanced({**first, "ab": ENDED}, shards) == {"abc": WHOLE}


def test_an_ended_shard_stays_until_its_children_are_known() -> None:
    assert advanced({"a": ENDED}, [Shard("a", is_open=False)]) == {"a": ENDED}


def test_what_the_stream_does_not_keep_is_lost() -> None:
    assert not is_lost({"a": SINCE}, [Shard("a")], 100)
    assert is_lost({"a": SINCE}, [Shard("a")], 101)
    assert is_lost({"a": SINCE, "b": SINCE}, [Shard("a")], 0)
