"""Objects and messages that a killed LocalStack had acknowledged are there when their bucket and queue are made again."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.cloudformation.local_process import LocalProcess

REGION = {"LocationConstraint": "eu-west-1"}


def test_everything_that_was_stored_and_nothing_that_was_deleted_comes_back(local_process: LocalProcess) -> None:
    _fill(local_process)

    local_process.kill()
    local_process.start()

    s3, sqs = local_process.client("s3"), local_process.client("sqs")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.get_object(Bucket="kept", Key="poison/1")
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration=REGION)
    answer = s3.get_object(Bucket="kept", Key="poison/1")
    assert answer["Body"].read() == b"\x00\xff whole"
    assert (answer["ContentType"], answer["Metadata"]) == ("application/x-poison", {"reason": "no json"})
    assert {item["Key"] for item in s3.list_objects_v2(Bucket="kept")["Contents"]} == {"poison/1", "poison/copy"}

    url = sqs.create_queue(QueueName="letters")["QueueUrl"]
    messages = _receive_all(sqs, url)
    assert [message["Body"] for message in messages] == ["first", "batched 1", "batched 2"]
    assert messages[0]["MessageAttributes"]["reason"]["StringValue"] == "no json"
    assert messages[0]["MessageAttributes"]["bytes"]["BinaryValue"] == b"\x00\xff"
    assert _receive_all(sqs, sqs.create_queue(QueueName="gone")["QueueUrl"]) == []

    sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages[:2]])
    local_process.kill()
    local_process.start()
    sqs = local_process.client("sqs")
    assert [message["Body"] for message in _receive_all(sqs, sqs.create_queue(QueueName="letters")["QueueUrl"])] == ["batched 2"]


def test_making_a_bucket_or_queue_that_is_there_doubles_nothing(local_process: LocalProcess) -> None:
    sqs = local_process.client("sqs")
    url = sqs.create_queue(QueueName="once")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one")
    assert sqs.create_queue(QueueName="once")["QueueUrl"] == url
    assert [message["Body"] for message in _receive_all(sqs, url)] == ["one"]


def _fill(process: LocalProcess) -> None:
    s3, sqs = process.client("s3"), process.client("sqs")
    for bucket in ("kept", "removed"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=REGION)
        s3.put_object(Bucket=bucket, Key="poison/1", Body=b"before")
    s3.put_object(Bucket="kept", Key="poison/1", Body=b"\x00\xff whole", ContentType="application/x-poison", Metadata={"reason": "no json"})
    s3.copy_object(Bucket="kept", Key="poison/copy", CopySource="kept/poison/1")
    for number in range(3):
        s3.put_object(Bucket="kept", Key=f"deleted/{number}", Body=b"-")
    s3.delete_object(Bucket="kept", Key="deleted/0")
    s3.delete_objects(Bucket="kept", Delete={"Objects": [{"Key": "deleted/1"}, {"Key": "deleted/2"}]})

    url = sqs.create_queue(QueueName="letters")["QueueUrl"]
    attributes = {"reason": {"DataType": "String", "StringValue": "no json"}, "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    sqs.send_message(QueueUrl=url, MessageBody="deleted")
    (message,) = _receive_all(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.send_message(QueueUrl=url, MessageBody="first", MessageAttributes=attributes)
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(number), "MessageBody": f"batched {number}"} for number in (1, 2)])
    gone = sqs.create_queue(QueueName="gone")["QueueUrl"]
    sqs.send_message(QueueUrl=gone, MessageBody="purged")
    sqs.purge_queue(QueueUrl=gone)


def _receive_all(sqs: Any, url: str) -> list[Any]:
    received: list[Any] = []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=600, WaitTimeSeconds=1
    ).get("Messages"):
        received += messages
    return received
