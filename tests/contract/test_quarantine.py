"""What every `Quarantine` promises, and what the one on AWS writes."""

import base64
import json
from dataclasses import replace
from typing import Any

import boto3
import pytest

from chalicelib.adapters.aws_quarantine import MAX_MESSAGE_BYTES, AwsQuarantine, object_key
from chalicelib.domain.errors import Reason, ReasonCode, UnavailableError
from chalicelib.domain.records import Origin, PoisonRecord
from chalicelib.ports import Quarantine
from tests.fakes.ingest import FakeQuarantine
from tests.messages import record

POISON = PoisonRecord(
    record(b"\x00\xffwhole", sequence_number="42"),
    Reason(ReasonCode.NOT_JSON, "JSON is malformed"),
    Origin("dt/gonio/t-1/d-1/telemetry", "t-1", "d-1", 7),
)
KEY = "2026-11-23/shardId-000000000000/42.json"


@pytest.fixture
def queue_url(aws: None) -> str:
    boto3.client("s3").create_bucket(Bucket="poison", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return str(boto3.client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"])


@pytest.fixture
def on_aws(queue_url: str) -> AwsQuarantine:
    return AwsQuarantine(boto3.client("s3"), boto3.client("sqs"), bucket="poison", queue_url=queue_url)


def _letters(queue_url: str) -> list[Any]:
    received = boto3.client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in received.get("Messages", [])]


def _object() -> Any:
    return json.loads(boto3.client("s3").get_object(Bucket="poison", Key=KEY)["Body"].read())


@pytest.mark.parametrize("name", ["fake", "aws"])
def test_keeping_a_record_again_keeps_it_once(name: str, on_aws: AwsQuarantine) -> None:
    fake = FakeQuarantine()
    quarantine: Quarantine = fake if name == "fake" else on_aws

    quarantine.keep(POISON)
    quarantine.keep(POISON)

    kept = len(fake.kept) if name == "fake" else boto3.client("s3").list_objects_v2(Bucket="poison")["KeyCount"]
    assert kept == 1


@pytest.mark.parametrize("name", ["fake", "aws"])
@pytest.mark.parametrize("count", [0, 1, 12])
def test_many_records_are_kept_at_once(name: str, count: int, on_aws: AwsQuarantine) -> None:
    fake = FakeQuarantine()
    quarantine: Quarantine = fake if name == "fake" else on_aws

    outcomes = quarantine.keep_all([replace(POISON, record=record(b"\x00")) for _ in range(count)])

    kept = len(fake.kept) if name == "fake" else boto3.client("s3").list_objects_v2(Bucket="poison")["KeyCount"]
    assert (outcomes, kept) == ([None] * count, count)


def test_of_many_records_each_tells_whether_it_was_kept(on_aws: AwsQuarantine) -> None:
    class OneRefused(AwsQuarantine):
        """A quarantine that one record cannot be brought to."""

        def keep(self, poison: PoisonRecord) -> None:
            """See the port."""
            if poison.record.data == b"\x01":
                raise UnavailableError("not this one")
            on_aws.keep(poison)

    quarantine = OneRefused(boto3.client("s3"), boto3.client("sqs"), bucket="poison", queue_url="")

    outcomes = quarantine.keep_all([replace(POISON, record=record(bytes([number]))) for number in range(3)])

    assert [type(it) for it in outcomes] == [type(None), UnavailableError, type(None)]


def test_bucket_and_queue_have_the_record_whole_with_its_reason_and_position(on_aws: AwsQuarantine, queue_url: str) -> None:
    on_aws.keep(POISON)

    (letter,) = _letters(queue_url)
    assert letter == _object()
    assert base64.b64decode(letter.pop("payload")) == POISON.record.data
    assert letter == {
        "reason": {"code": "not_json", "message": "JSON is malformed"},
        "stream": {
            "shard_id": "shardId-000000000000",
            "sequence_number": "42",
            "partition_key": "d-1",
            "arrived_at": POISON.record.arrived_at_ms,
        },
        "topic": "dt/gonio/t-1/d-1/telemetry",
        "tenant_id": "t-1",
        "device_id": "d-1",
        "received_at": 7,
        "payload_encoding": "base64",
        "quarantine": {"bucket": "poison", "key": KEY},
    }


def test_the_largest_payload_fits_a_message(on_aws: AwsQuarantine, queue_url: str) -> None:
    large = replace(POISON, record=replace(POISON.record, data=b"\xff" * (128 * 1024)))

    on_aws.keep(large)

    (letter,) = _letters(queue_url)
    assert base64.b64decode(letter["payload"]) == large.record.data


def test_what_no_message_can_hold_is_whole_in_the_bucket(on_aws: AwsQuarantine, queue_url: str) -> None:
    large = replace(POISON, record=replace(POISON.record, data=b"\xff" * MAX_MESSAGE_BYTES), origin=Origin("x" * MAX_MESSAGE_BYTES))

    on_aws.keep(large)

    (letter,) = _letters(queue_url)
    assert (letter["payload"], letter["quarantine"]["key"]) == (None, object_key(large.record))
    assert base64.b64decode(_object()["payload"]) == large.record.data


@pytest.mark.parametrize("missing", ["bucket", "queue"])
def test_without_bucket_or_queue_it_is_unavailable(missing: str, queue_url: str) -> None:
    bucket, url = ("none", queue_url) if missing == "bucket" else ("poison", queue_url + "-gone")
    quarantine = AwsQuarantine(boto3.client("s3"), boto3.client("sqs"), bucket=bucket, queue_url=url)

    with pytest.raises(UnavailableError):
        quarantine.keep(POISON)
