"""PutRecords on the event loop: the body by orjson, the signature by botocore, the call by aiohttp.

The one AWS call that is made for every message, and boto3 needs three milliseconds of CPU for it, ten times what this needs.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import boto3
import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError

from emulator.iot_core.aws_calls import AwsCallError, is_retryable

_TIMEOUT = aiohttp.ClientTimeout(total=15.0, connect=3.0)
_HEADERS = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Kinesis_20131202.PutRecords"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to put."""

    data: bytes
    partition_key: str

    @property
    def size_bytes(self) -> int:
        """What counts towards PutRecords' limit."""
        return len(self.data) + len(self.partition_key)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one record of a batch was not taken."""

    code: str
    message: str


class StreamClient:
    """Puts records on streams. `endpoint_url` None means AWS itself; credentials come from botocore's chain."""

    def __init__(self, endpoint_url: str | None, region: str) -> None:
        session = boto3.Session(region_name=region)
        self._url = endpoint_url or session.client("kinesis").meta.endpoint_url
        self._region = region
        self._credentials = session.get_credentials()
        self._session: aiohttp.ClientSession | None = None

    async def put(self, stream: str, entries: Sequence[Entry]) -> list[Refusal | None]:
        """One PutRecords; for each record None, or why it was refused. Raises `AwsCallError` when the call failed as a whole."""
        body = _body(stream, entries)
        try:
            async with self._http().post(self._url, data=body, headers=self._signed(body)) as response:
                answer = await response.read()
                status = response.status
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise AwsCallError(type(error).__name__, str(error), retryable=True) from error
        return _results(status, answer, len(entries))

    async def close(self) -> None:
        """Closes the connections."""
        if self._session:
            await self._session.close()

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:  # needs a running loop
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self._session

    def _signed(self, body: bytes) -> dict[str, str]:
        if self._credentials is None:
            raise AwsCallError("NoCredentialsError", str(NoCredentialsError()), retryable=False)
        request = AWSRequest("POST", self._url, headers=dict(_HEADERS), data=body)
        SigV4Auth(self._credentials.get_frozen_credentials(), "kinesis", self._region).add_auth(request)
        return dict(request.headers.items())


def _body(stream: str, entries: Sequence[Entry]) -> bytes:
    records = [{"Data": base64.b64encode(entry.data).decode(), "PartitionKey": entry.partition_key} for entry in entries]
    return orjson.dumps({"StreamName": stream, "Records": records})


def _results(status: int, body: bytes, expected: int) -> list[Refusal | None]:
    try:
        answer: dict[str, Any] = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise AwsCallError(f"HTTP{status}", "the answer is no JSON", retryable=True) from error
    if status != 200:
        code = str(answer.get("__type", f"HTTP{status}")).rpartition("#")[2]
        raise AwsCallError(code, str(answer.get("message", "")), retryable=is_retryable(code, status))
    results = answer.get("Records", [])
    if len(results) != expected:
        raise AwsCallError("IncompleteAnswer", f"{len(results)} results for {expected} records", retryable=True)
    return [_refusal(item) for item in results]


def _refusal(item: dict[str, str]) -> Refusal | None:
    code = item.get("ErrorCode")
    return Refusal(code, item.get("ErrorMessage", "")) if code else None
