"""Streams on our own Kinesis provider: a LocalStack process under its own interpreter, and what a test does to a stream."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from tests.emulator.kinesis.stack import ROOT, LocalStack


class _LocalStack(LocalStack):
    """From the application's environment, which has no LocalStack."""

    interpreter = ROOT / "localstack/.venv/bin/python"


@contextmanager
def running(folder: Path) -> Iterator[Any]:
    """The provider while it runs; its client."""
    stack = _LocalStack(folder)
    try:
        stack.start()
        yield stack.kinesis
    finally:
        stack.kill()


class OurStream:
    """A stream of a test's own."""

    def __init__(self, client: Any, shard_count: int = 1) -> None:
        self.client = client
        self.name = f"changes-{uuid.uuid4().hex[:12]}"
        self._reshards = Lock()
        client.create_stream(StreamName=self.name, ShardCount=shard_count)

    def put(self, partition_key: str, data: bytes) -> None:
        """Appends a record to the open shard of its key."""
        self.client.put_record(StreamName=self.name, PartitionKey=partition_key, Data=data)

    def split(self, index: int) -> None:
        """Splits an open shard in the middle of its hashes; `index` takes one of them."""
        with self._reshards:
            shards = self._open_shards()
            shard = shards[index % len(shards)]
            hashes = shard["HashKeyRange"]
            middle = (int(hashes["StartingHashKey"]) + int(hashes["EndingHashKey"])) // 2 + 1
            self.client.split_shard(StreamName=self.name, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(middle))

    def merge(self, index: int) -> None:
        """Merges an open shard with its neighbour, where there is one."""
        with self._reshards:
            shards = self._open_shards()
            if len(shards) > 1:
                left, right = shards[index % (len(shards) - 1) :][:2]
                self.client.merge_shards(StreamName=self.name, ShardToMerge=left["ShardId"], AdjacentShardToMerge=right["ShardId"])

    def _open_shards(self) -> list[Any]:
        shards = self.client.list_shards(StreamName=self.name)["Shards"]
        still_open = [it for it in shards if "EndingSequenceNumber" not in it["SequenceNumberRange"]]
        return sorted(still_open, key=lambda it: int(it["HashKeyRange"]["StartingHashKey"]))
