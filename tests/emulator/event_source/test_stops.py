"""Stopped at any moment and taken up again, with whatever number of lanes: nothing is skipped, order is kept."""

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.event_source.fakes import FakeFunction, eventually, mapping
from tests.emulator.event_source.running import World, world

SESSIONS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 6)), max_size=4)
"""Lanes a shard, and after how many more invocations the mapping stops."""


@settings(max_examples=25, deadline=None)
@given(keys=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=40), sessions=SESSIONS, split_after=st.integers(0, 40))
def test_nothing_is_skipped_and_first_sightings_keep_the_keys_order(
    keys: list[str], sessions: list[tuple[int, int]], split_after: int
) -> None:
    with TemporaryDirectory() as folder:
        there = world(Path(folder))
        seen: dict[str, list[int]] = defaultdict(list)
        there.function = FakeFunction(lambda records: _note(seen, records))
        put, last = _fill(there, keys, split_after)
        for lanes, invocations in sessions:
            enough = len(there.function.invocations) + invocations
            with there.running(mapping(ParallelizationFactor=lanes, BatchSize=3)):
                eventually(lambda: len(there.function.invocations) >= enough or _done(there, last), "nothing happens")  # noqa: B023
        with there.running():
            eventually(lambda: _done(there, last), "the end was not reached")
        there.file.close()
    for key, sequences in put.items():
        assert list(dict.fromkeys(seen[key])) == sequences


def _note(seen: dict[str, list[int]], records: list[dict[str, Any]]) -> None:
    for record in records:
        seen[record["kinesis"]["partitionKey"]].append(int(record["kinesis"]["sequenceNumber"]))


def _fill(there: World, keys: list[str], split_after: int) -> tuple[dict[str, list[int]], dict[str, str]]:
    """Put a record for each key; after some, the shard is split, and a key's records go on in one child."""
    there.log.create()
    put, last, split = defaultdict(list), {}, False
    for count, key in enumerate(keys):
        if count == split_after:
            there.log.split()
            split = True
        shard = 1 + (key > "c") if split else 0
        sequence = there.log.put(key, b"x", shard)
        put[key].append(int(sequence))
        last[f"shardId-{shard:012d}"] = sequence
    return put, last


def _done(there: World, last: dict[str, str]) -> bool:
    settled = there.settled()
    return all(settled.get(shard_id) == sequence for shard_id, sequence in last.items())
