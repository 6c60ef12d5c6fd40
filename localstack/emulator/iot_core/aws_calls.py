"""Calls to AWS's APIs: boto3 clients in threads, so that the event loop never waits, with errors that say whether to try again."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError

_CONNECT_TIMEOUT_S = 3.0
_READ_TIMEOUT_S = 15.0
_NOT_IMPLEMENTED = 501
_RETRYABLE_CODES = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "KMSThrottlingException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


class AwsCallError(Exception):
    """A call failed. `code` is AWS's error code, or the client library's where no answer came."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.retryable = retryable


class AwsCalls:
    """Calls operations by boto3's names. `endpoint_url` None means AWS itself; credentials come from botocore's chain."""

    def __init__(self, endpoint_url: str | None, region: str, threads: int) -> None:
        # Retries are the caller's: it knows what waits for the answer.
        config = Config(
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=_READ_TIMEOUT_S,
            retries={"total_max_attempts": 1},
            max_pool_connections=threads,
            parameter_validation=False,  # the service validates; doing it here too costs as much as the call
            s3={"addressing_style": "path" if endpoint_url else "auto"},
        )
        session = boto3.Session(region_name=region)
        self._make_client: Any = partial(session.client, endpoint_url=endpoint_url, config=config)
        self._clients: dict[str, Any] = {}
        self._making = Lock()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="aws")

    async def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """The answer of `service`'s `operation`. Raises `AwsCallError`."""
        work = partial(self._call, service, operation, parameters)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except ClientError as error:
            raise _from_client_error(error) from error
        except (ParamValidationError, NoCredentialsError) as error:
            raise AwsCallError(type(error).__name__, str(error), retryable=False) from error
        except BotoCoreError as error:
            raise AwsCallError(type(error).__name__, str(error), retryable=True) from error

    async def pages(self, service: str, operation: str, items: str, **parameters: Any) -> list[Any]:
        """All of a listing's `items`, page after page. Raises `AwsCallError` when any page fails: a part is no answer."""
        found: list[Any] = []
        while True:
            answer = await self.call(service, operation, **parameters)
            found += answer.get(items, [])
            token = answer.get("nextMarker") or answer.get("nextToken")
            if not token:
                return found
            parameters["marker" if answer.get("nextMarker") else "nextToken"] = token

    def close(self) -> None:
        """Lets the threads go; what they have begun is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """In a thread."""
        answer: Mapping[str, Any] = getattr(self._client(service), operation)(**parameters)
        return answer

    def _client(self, service: str) -> Any:
        """Making a client reads the service's model, which takes long; sessions may not make two at once."""
        if service not in self._clients:
            with self._making:
                if service not in self._clients:
                    self._clients[service] = self._make_client(service)
        return self._clients[service]


def _from_client_error(error: ClientError) -> AwsCallError:
    code = str(error.response.get("Error", {}).get("Code", "Unknown"))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return AwsCallError(code, str(error), retryable=is_retryable(code, status))


def is_retryable(code: str, status: int) -> bool:
    """Whether an AWS error code, or the HTTP status that it came with, asks for another try."""
    return status != _NOT_IMPLEMENTED and (code in _RETRYABLE_CODES or status >= 500 or status == 429)
