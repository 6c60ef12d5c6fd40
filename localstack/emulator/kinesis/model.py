"""What a stream is made of, shared by the provider and by the event source mappings that read the log directly."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


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
    created_at_ms: int = 0
    closed_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read brought. `end_of_shard`: the shard is closed and nothing follows these records."""

    records: tuple[Record, ...]
    millis_behind_latest: int
    end_of_shard: bool


class Entry(NamedTuple):
    """One record to put. `hash_key` (0 to 2**128 - 1) decides the shard; see `hashing`."""

    partition_key: str
    data: bytes
    hash_key: int


class Placement(NamedTuple):
    """Where a record went. Without a sequence number: the shard's write limit refused it."""

    shard_id: str
    sequence_number: str | None


@dataclass(frozen=True, slots=True)
class Consumer:
    """A registered consumer (enhanced fan-out) of a stream."""

    name: str
    arn: str
    created_at_ms: int
    tags: Mapping[str, str] = field(default_factory=dict)
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class StreamDetails:
    """What a stream remembers besides its shards and records."""

    created_at_ms: int
    mode: str = "PROVISIONED"
    retention_hours: int = 24
    encryption_key_id: str | None = None
    """Set: the stream says that it is encrypted with this key. Nothing is encrypted here."""
    shard_level_metrics: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    consumers: tuple[Consumer, ...] = ()
    max_record_kib: int = 1024
    warm_throughput_mibps: int | None = None
    policy: str | None = None


class UnknownStreamError(KeyError):
    """There is no such stream."""

    def __init__(self, stream: StreamKey) -> None:
        super().__init__(f"Stream {stream.name} under account {stream.account_id} not found.")

    def __str__(self) -> str:
        return str(self.args[0])


class UnknownShardError(KeyError):
    """The stream has no such shard, or retention has removed it."""

    def __init__(self, stream: StreamKey, shard_id: str) -> None:
        super().__init__(f"Could not find shard {shard_id} in stream {stream.name} under account {stream.account_id}.")

    def __str__(self) -> str:
        return str(self.args[0])


class StreamExistsError(Exception):
    """A stream of this name exists already."""


class ShardClosedError(Exception):
    """A shard that should be split or merged is not open (any more)."""


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
