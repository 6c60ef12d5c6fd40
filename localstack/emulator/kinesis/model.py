"""What a stream is made of, shared by the provider and by the event source mappings that read the log directly."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StreamKey:
    """Names one stream of this installation."""

    account_id: str
    region: str
    name: str


@dataclass(frozen=True, slots=True)
class Record:
    """One stored record. Sequence numbers are decimal strings, compared as integers, and grow with every put to a shard."""

    sequence_number: str
    partition_key: str
    data: bytes
    arrived_at_ms: int


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard; a closed one has a last sequence number, a child names the parents that it follows."""

    shard_id: str
    parent_id: str | None
    adjacent_parent_id: str | None
    first_hash_key: int
    last_hash_key: int
    first_sequence_number: str
    last_sequence_number: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read brought. `end_of_shard`: the shard is closed and nothing follows these records."""

    records: tuple[Record, ...]
    millis_behind_latest: int
    end_of_shard: bool


class StreamReader(Protocol):
    """The log as a consumer sees it. Thread-safe. Raises KeyError for a stream or shard that does not exist."""

    def shards(self, stream: StreamKey) -> tuple[Shard, ...]:
        """All shards that still hold or may hold records, parents before children."""

    def read(self, stream: StreamKey, shard_id: str, after: str | None, limit: int) -> Batch:
        """At most `limit` records with a sequence number above `after` (None: from the trim horizon)."""

    def sequence_before(self, stream: StreamKey, shard_id: str, timestamp_ms: int | None) -> str | None:
        """What to pass as `after` to begin with the first record at or after a time, or (None) with the next one put."""

    def wait(self, stream: StreamKey, shard_id: str, after: str | None, timeout_s: float) -> bool:
        """Block until a record above `after` exists or the shard is closed (True), or until the time is up (False)."""
