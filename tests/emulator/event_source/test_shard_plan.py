"""Children after parents, checkpoints of the right stream, one lane a key, and progress over several lanes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.event_source.progress import Settled
from emulator.event_source.shard_plan import Checkpoint, belong_to, lane_of, ready_shards
from emulator.kinesis.model import Shard


def shard(name: str, parent: str | None = None, adjacent: str | None = None, first: str = "1") -> Shard:
    return Shard(name, parent, adjacent, 0, 1, first, None)


def ready(shards: list[Shard], *finished: str) -> list[str]:
    return [each.shard_id for each in ready_shards(shards, finished)]


MERGED = [shard("left"), shard("right"), shard("child", "left", "right"), shard("grandchild", "child")]


def test_a_child_waits_for_both_parents() -> None:
    assert ready(MERGED) == ["left", "right"]
    assert ready(MERGED, "left") == ["right"]
    assert ready(MERGED, "left", "right") == ["child"]
    assert ready(MERGED, "left", "right", "child") == ["grandchild"]


def test_a_parent_that_left_the_stream_is_not_waited_for() -> None:
    assert ready([shard("child", "gone")]) == ["child"]


def test_checkpoints_of_a_stream_of_the_same_name_are_told_apart() -> None:
    checkpoints = {"a": Checkpoint("a", identity="1", settled="5")}
    assert belong_to(checkpoints, [shard("a", first="1"), shard("b", first="9")])
    assert belong_to(checkpoints, [shard("b", first="9")])
    assert not belong_to(checkpoints, [shard("a", first="7")])
    assert not belong_to({}, [shard("a")])


@settings(deadline=None)
@given(st.text(), st.integers(1, 10))
def test_a_key_has_one_lane(key: str, lanes: int) -> None:
    assert lane_of(key, lanes) == lane_of(key, lanes)
    assert 0 <= lane_of(key, lanes) < lanes


def test_keys_spread_over_all_lanes() -> None:
    assert {lane_of(f"device-{n}", 10) for n in range(200)} == set(range(10))


@settings(deadline=None)
@given(st.lists(st.integers(1, 10**20), unique=True, min_size=1).map(sorted), st.randoms())
def test_the_settled_position_is_the_end_of_the_unbroken_beginning(sequences: list[int], random: object) -> None:
    settled, order = Settled(), list(sequences)
    random.shuffle(order)  # type: ignore[attr-defined]
    settled.read((sequence, arrived_at_ms) for arrived_at_ms, sequence in enumerate(sequences))
    position = 0
    for count, sequence in enumerate(order, 1):
        position = settled.settle([sequence]) or position
        done = set(order[:count])
        unbroken = next((i for i, each in enumerate(sequences) if each not in done), len(sequences))
        assert position == (sequences[unbroken - 1] if unbroken else 0)
        assert settled.oldest_at_ms == (unbroken if unbroken < len(sequences) else None)
