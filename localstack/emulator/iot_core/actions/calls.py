"""Actions that are one call of an AWS API for each message: Lambda, SQS and S3."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.iot_core.actions.port import ActionFailure, Outcome, Remedy
from emulator.iot_core.aws_calls import AwsCallError, AwsCalls
from emulator.iot_core.sql import Message

type Parameters = Callable[[Message, bytes], Mapping[str, Any]]
"""A call's parameters for a message and the rule's output."""


@dataclass(frozen=True, slots=True)
class CallAction:
    """Delivers by one call of `service`'s `operation`."""

    kind: str
    resource: str
    calls: AwsCalls
    service: str
    operation: str
    parameters: Parameters
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, compare=False)

    def deliver(self, message: Message, payload: bytes, outcome: Outcome) -> None:
        """Calls in the background."""
        task = asyncio.ensure_future(self._call(message, payload, outcome))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call(self, message: Message, payload: bytes, outcome: Outcome) -> None:
        try:
            parameters = self.parameters(message, payload)
            await self.calls.call(self.service, self.operation, **parameters)
        except AwsCallError as error:
            outcome(ActionFailure.of(error))
        except Exception as error:  # noqa: BLE001 - the record loop; a payload that is not UTF-8 cannot be a queue's text
            outcome(ActionFailure(f"{type(error).__name__}: {error}", Remedy.NONE))
        else:
            outcome(None)


def lambda_parameters(function: str) -> Parameters:
    """An asynchronous invocation with the payload as event."""
    return lambda _message, payload: {"FunctionName": function, "InvocationType": "Event", "Payload": payload}


def sqs_parameters(queue_url: str, *, use_base64: bool) -> Parameters:
    """A message with the payload as body, as text or base64."""

    def parameters(_message: Message, payload: bytes) -> Mapping[str, Any]:
        body = base64.b64encode(payload).decode() if use_base64 else payload.decode()
        return {"QueueUrl": queue_url, "MessageBody": body}

    return parameters


def s3_parameters(bucket: str, key: Callable[[Message], str], canned_acl: str | None) -> Parameters:
    """An object with the payload as content."""

    def parameters(message: Message, payload: bytes) -> Mapping[str, Any]:
        acl = {"ACL": canned_acl} if canned_acl else {}
        return {"Bucket": bucket, "Key": key(message), "Body": payload, **acl}

    return parameters
