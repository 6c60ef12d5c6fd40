"""The on-failure destination's message, as the developer guide shows it."""

from emulator.event_source.batch_run import Condition, Discard, Invocation
from emulator.event_source.failure_record import failure_record, s3_key
from emulator.event_source.model import Event
from tests.emulator.event_source.fakes import FUNCTION_ARN, STREAM_ARN, mapping

BATCH = (Event(4955, "key", 1_573_691_884_835, b"{}"), Event(4957, "key", 1_573_691_885_456, b"{}"))
NOW_MS = 1_573_691_886_021


def test_retries_exhausted() -> None:
    last = Invocation("c9b8fa9f", "$LATEST", 200, "Unhandled")
    discard = Discard(BATCH, Condition.RETRY_ATTEMPTS_EXHAUSTED, 3, last)
    assert failure_record(mapping(), "shardId-000000000001", discard, NOW_MS) == {
        "requestContext": {
            "requestId": "c9b8fa9f",
            "functionArn": FUNCTION_ARN,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 3,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2019-11-14T00:38:06.021Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000001",
            "startSequenceNumber": "4955",
            "endSequenceNumber": "4957",
            "approximateArrivalOfFirstRecord": "2019-11-14T00:38:04.835Z",
            "approximateArrivalOfLastRecord": "2019-11-14T00:38:05.456Z",
            "batchSize": 2,
            "streamArn": STREAM_ARN,
        },
    }


def test_records_that_were_never_sent_have_no_response() -> None:
    record = failure_record(mapping(), "shardId-000000000001", Discard(BATCH, Condition.RECORD_AGE_EXCEEDED, 0, None), NOW_MS)
    assert record["requestContext"]["condition"] == "RecordAgeExceeded"
    assert "responseContext" not in record


def test_the_object_key_in_s3() -> None:
    assert s3_key("5f1a", "shardId-000000000001", NOW_MS, "x") == "aws/lambda/5f1a/shardId-000000000001/2019/11/14/2019-11-14T00.38.06-x"
