"""The port `ChangesStream` on Kinesis: plain GetRecords, some records a look, iterators kept between looks.

Kinesis allows five GetRecords and five GetShardIterator calls a second and shard, for all readers together (Kinesis Data Streams
developer guide, "Quotas and limits"). A read that it throttles finds nothing and is counted; the next look does.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import NotFoundError, UnavailableError
from chalicelib.domain.records import StreamRecord
from chalicelib.feed.ports import Shard, ShardRead
from chalicelib.feed.positions import Kind, ShardPosition

if TYPE_CHECKING:  # the stubs do not ship
    from mypy_boto3_kinesis import KinesisClient

RECORDS_A_LOOK = 1_000
"""Of one shard. With fewer, a busy clinic's changes come faster than a browser that returns after each answer can take them."""
MAX_ITERATORS = 256
_THROTTLED = frozenset({"LimitExceededException", "ProvisionedThroughputExceededException"})


class KinesisChanges:
    """The stream of changes; `count_throttled` is called for each read that Kinesis throttles."""

    def __init__(self, client: "KinesisClient", stream_name: str, count_throttled: Callable[[], None]) -> None:
        self._client = client
        self._stream_name = stream_name
        self._count_throttled = count_throttled
        self._iterators: OrderedDict[tuple[str, ShardPosition], str] = OrderedDict()
        self._lock = Lock()

    def shards(self) -> Sequence[Shard]:
        """See the port."""
        shards: list[Any] = []
        more: dict[str, Any] = {"StreamName": self._stream_name}
        try:
            while more:
                answer = self._client.list_shards(**more)
                shards += answer["Shards"]
                more = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else {}
        except (BotoCoreError, ClientError) as error:
            raise UnavailableError(f"The stream of changes does not answer: {error}") from error
        return [_shard(it) for it in shards]

    def read(self, shard_id: str, position: ShardPosition) -> ShardRead:
        """See the port."""
        try:
            return self._read(shard_id, position)
        except (BotoCoreError, ClientError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
            if code in _THROTTLED:
                self._count_throttled()
                return ShardRead([])
            if code in {"InvalidArgumentException", "ResourceNotFoundException"}:
                raise NotFoundError(f"Shard {shard_id} has no such position") from error
            raise UnavailableError(f"The stream of changes does not answer: {error}") from error

    def _read(self, shard_id: str, position: ShardPosition) -> ShardRead:
        iterator = self._kept_iterator(shard_id, position) or self._new_iterator(shard_id, position)
        try:
            answer: Any = self._client.get_records(ShardIterator=iterator, Limit=RECORDS_A_LOOK)
        except self._client.exceptions.ExpiredIteratorException:
            answer = self._client.get_records(ShardIterator=self._new_iterator(shard_id, position), Limit=RECORDS_A_LOOK)
        records = _from(position, [_record(shard_id, it) for it in answer["Records"]])
        follows = answer.get("NextShardIterator")
        if follows:
            self._keep_iterator(shard_id, _behind(records) or position, follows)
        return ShardRead(records, is_ended=not follows)

    def _new_iterator(self, shard_id: str, position: ShardPosition) -> str:
        return self._client.get_shard_iterator(StreamName=self._stream_name, ShardId=shard_id, **_start(position))["ShardIterator"]

    def _kept_iterator(self, shard_id: str, position: ShardPosition) -> str | None:
        with self._lock:
            return self._iterators.get((shard_id, position))

    def _keep_iterator(self, shard_id: str, position: ShardPosition, iterator: str) -> None:
        with self._lock:
            self._iterators[shard_id, position] = iterator
            self._iterators.move_to_end((shard_id, position))
            while len(self._iterators) > MAX_ITERATORS:
                self._iterators.popitem(last=False)


def _start(position: ShardPosition) -> dict[str, Any]:
    if position.kind is Kind.AFTER:
        return {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": position.sequence_number}
    if position.kind is Kind.SINCE:
        return {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": datetime.fromtimestamp(position.at_ms / 1000, UTC)}
    return {"ShardIteratorType": "TRIM_HORIZON"}


def _behind(records: list[StreamRecord]) -> ShardPosition | None:
    return ShardPosition(Kind.AFTER, records[-1].arrived_at_ms, records[-1].sequence_number) if records else None


def _from(position: ShardPosition, records: list[StreamRecord]) -> list[StreamRecord]:
    """The SDK may send whole seconds, so an instant finds records from just before it."""
    if position.kind is not Kind.SINCE:
        return records
    return [it for it in records if it.arrived_at_ms >= position.at_ms]


def _shard(it: Any) -> Shard:
    parents = tuple(it[name] for name in ("ParentShardId", "AdjacentParentShardId") if it.get(name))
    return Shard(it["ShardId"], parents, is_open="EndingSequenceNumber" not in it["SequenceNumberRange"])


def _record(shard_id: str, it: Any) -> StreamRecord:
    return StreamRecord(
        data=it["Data"],
        shard_id=shard_id,
        sequence_number=it["SequenceNumber"],
        partition_key=it["PartitionKey"],
        arrived_at_ms=round(it["ApproximateArrivalTimestamp"].timestamp() * 1000),
    )
