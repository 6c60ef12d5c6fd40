"""What the tests of the API share: a stream of a test's own, and errors as a client sees them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"
FIRST = "shardId-000000000000"


@dataclass
class Stream:
    """A stream of a test's own."""

    client: Any
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/{self.name}"

    def __call__(self, operation: str, **request: Any) -> Any:
        return getattr(self.client, operation)(StreamName=self.name, **request)

    def summary(self) -> dict[str, Any]:
        return dict(self("describe_stream_summary")["StreamDescriptionSummary"])

    def iterator(self, kind: str, shard_id: str = FIRST, **more: Any) -> str:
        return str(self("get_shard_iterator", ShardId=shard_id, ShardIteratorType=kind, **more)["ShardIterator"])

    def get(self, iterator: str, **more: Any) -> dict[str, Any]:
        return dict(self.client.get_records(ShardIterator=iterator, **more))

    def data(self, iterator: str) -> list[bytes]:
        return [record["Data"] for record in self.get(iterator)["Records"]]

    def put(self, *payloads: bytes) -> list[str]:
        answer = self("put_records", Records=[{"PartitionKey": "k", "Data": data} for data in payloads])
        return [record["SequenceNumber"] for record in answer["Records"]]


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    """The error code and message that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
