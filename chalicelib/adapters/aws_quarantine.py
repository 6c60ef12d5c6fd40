"""The port `Quarantine` on S3 and SQS: the record whole in both, the reason beside it.

S3 first, under a key made of the stream position, so that a repetition writes the same object; then the dead-letter queue,
which may hear of a record twice. A record too large for a queue message is named there by its object alone.
"""

import base64
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import UnavailableError
from chalicelib.domain.records import PoisonRecord, StreamRecord

if TYPE_CHECKING:  # the stubs do not ship
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

CONCURRENCY = 8
"""Below the ten connections that each of boto3's clients, which threads may share, keeps open."""
MAX_MESSAGE_BYTES = 256 * 1024
"""What every SQS queue takes; newer ones take up to 1 MiB."""


class AwsQuarantine:
    """Poison records in a bucket and a queue."""

    def __init__(self, s3: "S3Client", sqs: "SQSClient", *, bucket: str, queue_url: str, prefix: str = "") -> None:
        self._s3 = s3
        self._sqs = sqs
        self._bucket = bucket
        self._queue_url = queue_url
        self._prefix = prefix
        """Keeps the objects of a second stream apart, whose shards and sequence numbers may be the same."""

    def keep(self, poison: PoisonRecord) -> None:
        """See the port."""
        key = self._prefix + object_key(poison.record)
        document = _document(poison) | {"quarantine": {"bucket": self._bucket, "key": key}}
        body = msgspec.json.encode(document)
        try:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=_message(document, body))
        except (BotoCoreError, ClientError) as error:
            raise UnavailableError(f"The quarantine does not take a record: {error}") from error

    def keep_all(self, poison: Sequence[PoisonRecord]) -> list[UnavailableError | None]:
        """See the port."""
        if len(poison) <= 1:
            return [self._kept_or_why(it) for it in poison]
        with ThreadPoolExecutor(CONCURRENCY) as threads:
            return list(threads.map(self._kept_or_why, poison))

    def _kept_or_why(self, poison: PoisonRecord) -> UnavailableError | None:
        try:
            self.keep(poison)
        except UnavailableError as error:
            return error
        return None


def object_key(record: StreamRecord) -> str:
    """`<day of arrival>/<shard>/<sequence number>.json`: the same for every repetition."""
    day = datetime.fromtimestamp(record.arrived_at_ms / 1000, UTC).date().isoformat()
    return f"{day}/{record.shard_id}/{record.sequence_number}.json"


def _document(poison: PoisonRecord) -> dict[str, Any]:
    """The object's and the message's shape: strings and numbers that people and the redrive command read."""
    record, origin = poison.record, poison.origin
    return {
        "reason": {"code": poison.reason.code, "message": poison.reason.message},
        "stream": {
            "shard_id": record.shard_id,
            "sequence_number": record.sequence_number,
            "partition_key": record.partition_key,
            "arrived_at": record.arrived_at_ms,
        },
        "topic": origin.topic,
        "tenant_id": origin.tenant_id,
        "device_id": origin.device_id,
        "received_at": origin.received_at_ms,
        "payload_encoding": "base64",
        "payload": base64.b64encode(record.data).decode(),
    }


def _message(document: dict[str, Any], body: bytes) -> str:
    if len(body) <= MAX_MESSAGE_BYTES:
        return body.decode()
    # `topic` is the device's own text and may be as large as the record.
    return msgspec.json.encode(document | {"payload": None, "topic": None}).decode()
