"""The contents of buckets and queues on disk: one SQLite file, one durable transaction a change."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cbor2

from emulator import durable_file

_SCHEMA = """
CREATE TABLE IF NOT EXISTS object (bucket TEXT, key TEXT, description BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (bucket, key));
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY, queue TEXT NOT NULL, message_id TEXT NOT NULL UNIQUE, sent_at REAL NOT NULL, request BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS message_by_queue ON message (queue, number);
"""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object: `description` holds the parameters of PutObject but for bucket, key and body."""

    key: str
    description: dict[str, Any]
    body: bytes


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message: `request` holds the parameters of SendMessage but for the queue; `sent_at` is epoch seconds."""

    message_id: str
    sent_at: float
    request: dict[str, Any]


class Contents:
    """The file. A bucket's name is unique in the world; a queue is named by its account, region and name (`1/eu-west-1/name`)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._lock = threading.Lock()
        self._connection = durable_file.opened(path, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def put_object(self, bucket: str, it: StoredObject) -> None:
        """Keep an object in the place of an earlier one."""
        self._execute("INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?)", bucket, it.key, cbor2.dumps(it.description), it.body)

    def remove_object(self, bucket: str, key: str) -> None:
        """Forget an object, if there is one."""
        self._execute("DELETE FROM object WHERE bucket = ? AND key = ?", bucket, key)

    def remove_bucket(self, bucket: str) -> None:
        """Forget a bucket's objects."""
        self._execute("DELETE FROM object WHERE bucket = ?", bucket)

    def keys(self, bucket: str) -> list[str]:
        """The keys of a bucket's objects."""
        return [key for (key,) in self._execute("SELECT key FROM object WHERE bucket = ? ORDER BY key", bucket)]

    def found_object(self, bucket: str, key: str) -> StoredObject:
        """An object that is there."""
        ((description, body),) = self._execute("SELECT description, body FROM object WHERE bucket = ? AND key = ?", bucket, key)
        return StoredObject(key, cbor2.loads(description), body)

    def put_message(self, queue: str, it: StoredMessage) -> None:
        """Keep a message."""
        row = (queue, it.message_id, it.sent_at, cbor2.dumps(it.request))
        self._execute("INSERT OR REPLACE INTO message (queue, message_id, sent_at, request) VALUES (?, ?, ?, ?)", *row)

    def rename_message(self, message_id: str, new_id: str) -> None:
        """A message that was sent again bears a new id."""
        self._execute("UPDATE message SET message_id = ? WHERE message_id = ?", new_id, message_id)

    def remove_message(self, message_id: str) -> None:
        """Forget a message, whichever queue it has come to by now, if there is one."""
        self._execute("DELETE FROM message WHERE message_id = ?", message_id)

    def remove_queue(self, queue: str) -> None:
        """Forget a queue's messages."""
        self._execute("DELETE FROM message WHERE queue = ?", queue)

    def messages(self, queue: str) -> list[StoredMessage]:
        """A queue's messages in the order of their arrival."""
        rows = self._execute("SELECT message_id, sent_at, request FROM message WHERE queue = ? ORDER BY number", queue)
        return [StoredMessage(message_id, sent_at, cbor2.loads(request)) for message_id, sent_at, request in rows]

    def _execute(self, statement: str, *values: object) -> Sequence[Any]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()
