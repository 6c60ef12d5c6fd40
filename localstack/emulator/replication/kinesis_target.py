"""A Kinesis stream as a task's target."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator.replication.errors import TargetUnavailableError
from emulator.replication.record_format import Record


class KinesisTarget:
    """The stream of an ARN, through a boto3 client that does not retry by itself."""

    def __init__(self, client: Any, stream_arn: str) -> None:
        self._client = client
        self._stream_arn = stream_arn

    def put(self, records: Sequence[Record]) -> list[bool]:
        """One PutRecords. Raises TargetUnavailableError; a stream that does not exist may be on its way."""
        entries = [{"PartitionKey": record.partition_key, "Data": record.data} for record in records]
        try:
            answer = self._client.put_records(StreamARN=self._stream_arn, Records=entries)
        except (ClientError, BotoCoreError) as error:
            raise TargetUnavailableError(f"{self._stream_arn}: {error}") from error
        return ["ErrorCode" not in result for result in answer["Records"]]
