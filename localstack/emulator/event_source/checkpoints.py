"""Checkpoints that survive a kill, in one SQLite file.

LocalStack forgets its mappings at a restart and the deployment makes them anew, with new UUIDs; so a checkpoint belongs to
stream and function. It goes when the mapping is deleted through the API: a new one starts from its StartingPosition, as on AWS.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock

from emulator.event_source.model import Consumer
from emulator.event_source.ports import CheckpointError
from emulator.event_source.shard_plan import Checkpoint
from emulator.settings import settings

_SCHEMA = """
CREATE TABLE IF NOT EXISTS checkpoint (
    stream_arn TEXT NOT NULL,
    function_arn TEXT NOT NULL,
    shard_id TEXT NOT NULL,
    identity TEXT NOT NULL,
    settled TEXT,
    finished INTEGER NOT NULL,
    PRIMARY KEY (stream_arn, function_arn, shard_id)
) WITHOUT ROWID
"""


@contextmanager
def _mapped_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise CheckpointError(str(error)) from error


class CheckpointFile:
    """The file. Thread-safe; methods raise CheckpointError. A write is safe from a kill of the process when its method returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        # Without a sync on every batch: a power cut may cost the last batches' checkpoints, which are then sent once more.
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def load(self, consumer: Consumer) -> dict[str, Checkpoint]:
        """A consumer's checkpoints by shard id."""
        with self._lock, _mapped_errors():
            rows = self._database.execute(
                "SELECT shard_id, identity, settled, finished FROM checkpoint WHERE stream_arn = ? AND function_arn = ?",
                (consumer.stream_arn, consumer.function_arn),
            ).fetchall()
        return {row[0]: Checkpoint(row[0], row[1], row[2], bool(row[3])) for row in rows}

    def save(self, consumer: Consumer, checkpoint: Checkpoint) -> None:
        """Store how far one shard has come."""
        with self._lock, _mapped_errors():
            self._put(consumer, checkpoint)

    def replace(self, consumer: Consumer, checkpoints: Iterable[Checkpoint]) -> None:
        """Store a consumer's checkpoints in place of all it had, in one transaction."""
        with self._lock, _mapped_errors(), self._database:
            self._database.execute("BEGIN")
            self._remove(consumer)
            for checkpoint in checkpoints:
                self._put(consumer, checkpoint)

    def _put(self, consumer: Consumer, checkpoint: Checkpoint) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)",
            (
                consumer.stream_arn,
                consumer.function_arn,
                checkpoint.shard_id,
                checkpoint.identity,
                checkpoint.settled,
                int(checkpoint.finished),
            ),
        )

    def _remove(self, consumer: Consumer) -> None:
        self._database.execute(
            "DELETE FROM checkpoint WHERE stream_arn = ? AND function_arn = ?", (consumer.stream_arn, consumer.function_arn)
        )


class ConsumerCheckpoints:
    """One mapping's hold on its consumer's checkpoints, until the mapping is deleted. Thread-safe."""

    def __init__(self, file: CheckpointFile, consumer: Consumer) -> None:
        self._file = file
        self._consumer = consumer
        self._lock = Lock()
        self._deleted = False

    def load(self) -> Mapping[str, Checkpoint]:
        """The consumer's checkpoints by shard id."""
        return self._file.load(self._consumer)

    def save(self, checkpoint: Checkpoint) -> None:
        """Store how far one shard has come."""
        with self._lock:
            if not self._deleted:
                self._file.save(self._consumer, checkpoint)

    def begin(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Store where a mapping without applicable checkpoints starts."""
        with self._lock:
            if not self._deleted:
                self._file.replace(self._consumer, checkpoints)

    def delete(self) -> None:
        """Forget them. What an invocation still under way reports afterwards is not stored."""
        with self._lock:
            self._deleted = True
            self._file.replace(self._consumer, ())


@cache
def checkpoint_file() -> CheckpointFile:
    """This process's checkpoints."""
    return CheckpointFile(settings().data_dir / "event-source-checkpoints.sqlite")
