"""Checkpoints that outlive their process."""

from dataclasses import replace
from pathlib import Path

import pytest

from emulator.event_source.checkpoints import CheckpointFile, ConsumerCheckpoints
from emulator.event_source.ports import CheckpointError
from emulator.event_source.shard_plan import Checkpoint
from tests.emulator.event_source.fakes import CONSUMER

SETTLED = Checkpoint("shardId-000000000000", "1", "49" * 28)
FINISHED = Checkpoint("shardId-000000000001", "2", None, finished=True)


def test_they_are_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "new folder" / "checkpoints.sqlite")
    ConsumerCheckpoints(file, CONSUMER).begin([replace(SETTLED, settled="1"), FINISHED])
    ConsumerCheckpoints(file, CONSUMER).save(SETTLED)
    file.close()
    again = CheckpointFile(tmp_path / "new folder" / "checkpoints.sqlite")
    assert again.load(CONSUMER) == {SETTLED.shard_id: SETTLED, FINISHED.shard_id: FINISHED}
    again.close()


def test_they_are_there_without_a_close_as_after_a_kill(tmp_path: Path) -> None:
    left_open = CheckpointFile(tmp_path / "checkpoints.sqlite")
    left_open.save(CONSUMER, SETTLED)
    other = CheckpointFile(tmp_path / "checkpoints.sqlite")
    assert other.load(CONSUMER) == {SETTLED.shard_id: SETTLED}
    left_open.close()
    other.close()


def test_beginning_replaces_what_was_stored_for_this_consumer_only(tmp_path: Path) -> None:
    file, other = CheckpointFile(tmp_path / "checkpoints.sqlite"), replace(CONSUMER, function_arn="arn:other")
    file.save(CONSUMER, SETTLED)
    file.save(other, SETTLED)
    ConsumerCheckpoints(file, CONSUMER).begin([FINISHED])
    assert file.load(CONSUMER) == {FINISHED.shard_id: FINISHED}
    assert file.load(other) == {SETTLED.shard_id: SETTLED}
    file.close()


def test_a_deleted_mappings_last_results_are_not_stored(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "checkpoints.sqlite")
    checkpoints = ConsumerCheckpoints(file, CONSUMER)
    checkpoints.save(SETTLED)
    checkpoints.delete()
    checkpoints.save(SETTLED)
    checkpoints.begin([SETTLED])
    assert file.load(CONSUMER) == {}
    file.close()


def test_the_files_errors_are_ours(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "checkpoints.sqlite")
    file.close()
    with pytest.raises(CheckpointError):
        file.save(CONSUMER, SETTLED)
