"""On-failure destinations in LocalStack: SQS, SNS, S3."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import time
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError
from localstack.services.lambda_.event_source_mapping.pipe_utils import get_internal_client

from emulator.event_source.events import payload
from emulator.event_source.failure_record import s3_key
from emulator.event_source.model import Event, MappingConfig
from emulator.event_source.ports import DeliveryError, Destination


@dataclass(frozen=True, slots=True)
class QueueDestination:
    """An SQS queue gets the record as its message."""

    arn: str

    def send(self, record: dict[str, Any], events: Sequence[Event], shard_id: str) -> None:  # noqa: ARG002
        """Deliver. Raises DeliveryError."""
        _, _, _, _, account_id, name = self.arn.split(":", 5)

        def deliver(client: Any) -> None:
            url = client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account_id)["QueueUrl"]
            client.send_message(QueueUrl=url, MessageBody=json.dumps(record))

        _with_client(self.arn, deliver)


@dataclass(frozen=True, slots=True)
class TopicDestination:
    """An SNS topic gets the record as its message."""

    arn: str

    def send(self, record: dict[str, Any], events: Sequence[Event], shard_id: str) -> None:  # noqa: ARG002
        """Deliver. Raises DeliveryError."""
        _with_client(self.arn, lambda client: client.publish(TopicArn=self.arn, Message=json.dumps(record)))


@dataclass(frozen=True, slots=True)
class BucketDestination:
    """An S3 bucket gets the record with the whole event as `payload`."""

    arn: str
    mapping_uuid: str
    region: str

    def send(self, record: dict[str, Any], events: Sequence[Event], shard_id: str) -> None:
        """Deliver. Raises DeliveryError."""
        key = s3_key(self.mapping_uuid, shard_id, round(time() * 1000), str(uuid4()))
        body = json.dumps({**record, "payload": json.loads(payload(events))})
        bucket = self.arn.rsplit(":", 1)[1]
        _with_client(self.arn, lambda client: client.put_object(Bucket=bucket, Key=key, Body=body))


def destination_of(config: MappingConfig) -> Destination | None:
    """A mapping's destination; None where it names none. Raises ValueError for a service that cannot be one."""
    arn = config.destination_arn
    if arn is None:
        return None
    match arn.split(":")[2]:
        case "sqs":
            return QueueDestination(arn)
        case "sns":
            return TopicDestination(arn)
        case "s3":
            return BucketDestination(arn, config.uuid, config.stream.region)
        case service:
            raise ValueError(f"{service} cannot be an on-failure destination")


def _with_client(arn: str, deliver: Callable[[Any], object]) -> None:
    try:
        deliver(get_internal_client(arn))
    except (ClientError, BotoCoreError) as error:
        raise DeliveryError(str(error)) from error
