"""The front end's clients of the services: one port, three transports, a deadline for every call.

In process for `chalice local` and tests, Lambda's Invoke where it is deployed, HTTP for a service that moved to a container.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from concurrent.futures import TimeoutError as NotInTimeError
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

import msgspec
import urllib3
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib.domain.errors import UnavailableError
from chalicelib.domain.service_calls import ServiceAnswer, ServiceRequest
from chalicelib.ports import Clock

if TYPE_CHECKING:  # the stubs do not ship
    from mypy_boto3_lambda import LambdaClient


class Transport(Protocol):
    """Carries one request to a service and its answer back. Raises `UnavailableError`."""

    def send(self, service: str, request: ServiceRequest, timeout_s: float) -> ServiceAnswer:
        """The service's answer; the transport gives up after about `timeout_s` by itself."""
        ...


class ServiceClients:
    """The port `Services` on a transport; calls run at the same time, on the executor's threads."""

    def __init__(self, transport: Transport, executor: Executor, clock: Clock) -> None:
        self._transport = transport
        self._executor = executor
        self._clock = clock

    def begin(self, service: str, request: ServiceRequest, deadline_s: float) -> Callable[[], ServiceAnswer]:
        """See the port. The service is told until when its answer is of use."""
        until_ms = self._clock.now_ms() + round(deadline_s * 1000)
        told = replace(request, headers={**request.headers, "x-deadline-ms": str(until_ms)})
        ends_at = time.monotonic() + deadline_s
        future = self._executor.submit(self._transport.send, service, told, deadline_s)

        def answer() -> ServiceAnswer:
            try:
                return future.result(timeout=max(0.0, ends_at - time.monotonic()))
            except NotInTimeError as error:
                future.cancel()
                message = f"The service {service} did not answer within {deadline_s} s"
                raise UnavailableError(message) from error

        return answer


class InProcess:
    """Services in this process. One request a service at a time, as in an instance of a function."""

    def __init__(self, handlers: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]) -> None:
        self._handlers = {name: (handler, Lock()) for name, handler in handlers.items()}

    def send(self, service: str, request: ServiceRequest, timeout_s: float) -> ServiceAnswer:
        """See the transport."""
        if service not in self._handlers:
            raise UnavailableError(f"There is no service {service} in this process")
        handler, lock = self._handlers[service]
        if not lock.acquire(timeout=timeout_s):
            raise UnavailableError(f"The service {service} is busy")
        try:
            return _answer(service, handler(_event(request)))
        finally:
            lock.release()


class LambdaInvoke:
    """Services as Lambda functions, by the functions' names. The client must not wait longer than a deadline, nor retry."""

    def __init__(self, client: "LambdaClient", functions: Mapping[str, str]) -> None:
        self._client = client
        self._functions = functions

    def send(self, service: str, request: ServiceRequest, timeout_s: float) -> ServiceAnswer:  # noqa: ARG002 - the client has its own
        """See the transport."""
        try:
            answer = self._client.invoke(FunctionName=self._functions[service], Payload=msgspec.json.encode(_event(request)))
            payload = answer["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            raise UnavailableError(f"The function of {service} cannot be invoked: {error}") from error
        if answer.get("FunctionError"):
            raise UnavailableError(f"The function of {service} failed: {payload[:500]!r}")
        return _answer(service, payload)


class Http:
    """Services behind base addresses."""

    def __init__(self, pool: urllib3.PoolManager, addresses: Mapping[str, str]) -> None:
        self._pool = pool
        self._addresses = addresses

    def send(self, service: str, request: ServiceRequest, timeout_s: float) -> ServiceAnswer:
        """See the transport."""
        url = f"{self._addresses[service].rstrip('/')}{request.path}"
        body = None if request.body is None else msgspec.json.encode(request.body)
        headers = {**request.headers, "content-type": "application/json"}
        try:
            answer = self._pool.request(
                request.method,
                f"{url}?{urlencode(request.query)}" if request.query else url,
                body=body,
                headers=headers,
                timeout=timeout_s,
                retries=False,
            )
            return ServiceAnswer(answer.status, msgspec.json.decode(answer.data))
        except (urllib3.exceptions.HTTPError, msgspec.DecodeError) as error:
            raise UnavailableError(f"The service {service} does not answer: {error}") from error


class _Answer(Struct, frozen=True):
    status: int
    body: Any = None


def _event(request: ServiceRequest) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "headers": dict(request.headers),
        "body": request.body,
    }


def _answer(service: str, answer: bytes | dict[str, Any]) -> ServiceAnswer:
    try:
        read = msgspec.json.decode(answer, type=_Answer) if isinstance(answer, bytes) else msgspec.convert(answer, _Answer)
    except msgspec.DecodeError as error:
        raise UnavailableError(f"The service {service} does not answer in its shape: {error}") from error
    return ServiceAnswer(read.status, read.body)
