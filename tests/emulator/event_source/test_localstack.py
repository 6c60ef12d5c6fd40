"""Mappings in LocalStack, with the durable Kinesis and the process executor: batches, failures, lanes, shards."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.emulator.event_source.fakes import eventually
from tests.emulator.event_source.local_stack import REGION
from tests.emulator.event_source.pipeline import Pipeline


def test_a_partial_batch_response_sends_the_rest_again(pipeline: Pipeline) -> None:
    url, arn = pipeline.queue()
    pipeline.create_stream()
    pipeline.deploy(REPORTS="1")
    pipeline.put("a", "b", "poison", "c")
    pipeline.map(
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    message = pipeline.message(url)
    assert [invocation["texts"] for invocation in pipeline.invocations()] == [["a", "b", "poison", "c"], ["poison", "c"]]
    assert message["KinesisBatchInfo"]["batchSize"] == 2
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert message["requestContext"]["approximateInvokeCount"] == 2
    pipeline.put("d")
    pipeline.sees("d")


def test_bisect_finds_the_poison_record_and_its_message_names_it(pipeline: Pipeline) -> None:
    url, arn = pipeline.queue()
    pipeline.create_stream()
    pipeline.deploy()
    texts = [f"r{n}" for n in range(5)] + ["poison"] + [f"r{n}" for n in range(5, 9)]
    pipeline.put(*texts)
    pipeline.map(BisectBatchOnFunctionError=True, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}})
    message = pipeline.message(url)
    pipeline.sees("r8")
    alone = next(invocation["record"] for invocation in pipeline.invocations() if invocation["texts"] == ["poison"])
    info = message["KinesisBatchInfo"]
    assert info["batchSize"] == 1
    assert info["startSequenceNumber"] == info["endSequenceNumber"] == alone["kinesis"]["sequenceNumber"]
    assert info["streamArn"] == pipeline.stream_arn
    assert message["requestContext"]["functionArn"].endswith(f":function:{pipeline.name}")
    assert message["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    eventually(lambda: pipeline.mapping()["LastProcessingResult"] == "OK", "the last result is not shown")


def test_an_s3_destination_gets_the_records_too(pipeline: Pipeline) -> None:
    s3 = pipeline.stack.client("s3")
    s3.create_bucket(Bucket=pipeline.name, CreateBucketConfiguration={"LocationConstraint": REGION})
    pipeline.create_stream()
    pipeline.deploy()
    pipeline.put("poison")
    pipeline.map(MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{pipeline.name}"}})
    eventually(lambda: s3.list_objects_v2(Bucket=pipeline.name).get("Contents"), "no object came")
    key = s3.list_objects_v2(Bucket=pipeline.name)["Contents"][0]["Key"]
    assert key.startswith(f"aws/lambda/{pipeline.uuid}/shardId-000000000000/")
    stored = json.loads(s3.get_object(Bucket=pipeline.name, Key=key)["Body"].read())
    assert stored["payload"]["Records"][0]["kinesis"]["data"] == "cG9pc29u"


def test_how_far_behind_function_and_shards_are_is_in_cloudwatch(pipeline: Pipeline) -> None:
    pipeline.create_stream(shards=2)
    pipeline.deploy()
    pipeline.map()
    pipeline.put("a")
    pipeline.sees("a")
    cloudwatch = pipeline.stack.client("cloudwatch")

    def told(namespace: str, dimension: str) -> list[dict[str, str]]:
        listed = cloudwatch.list_metrics(Namespace=namespace, Dimensions=[{"Name": dimension, "Value": pipeline.name}])["Metrics"]
        return [{"name": it["MetricName"]} | {each["Name"]: each["Value"] for each in it["Dimensions"]} for it in listed]

    function = {"name": "IteratorAge", "FunctionName": pipeline.name}
    eventually(lambda: function in told("AWS/Lambda", "FunctionName"), "the function has no age", within_s=60)
    shards = [{"name": "IteratorAgeMilliseconds", "StreamName": pipeline.name, "ShardId": f"shardId-{n:012d}"} for n in range(2)]
    eventually(lambda: all(shard in told("AWS/Kinesis", "StreamName") for shard in shards), "the shards have no age", within_s=60)


def test_an_sns_destination_publishes_the_message(pipeline: Pipeline) -> None:
    url, queue_arn = pipeline.queue()
    sns = pipeline.stack.client("sns")
    topic = sns.create_topic(Name=pipeline.name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    pipeline.create_stream()
    pipeline.deploy()
    pipeline.put("poison")
    pipeline.map(MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": topic}})
    assert pipeline.message(url)["KinesisBatchInfo"]["batchSize"] == 1


def test_three_shards_have_three_invocations_at_once(pipeline: Pipeline) -> None:
    pipeline.create_stream(shards=3)
    pipeline.deploy(TOGETHER="3")
    pipeline.put(*[f"r{n}" for n in range(30)], key=lambda text: text)
    pipeline.map()
    pipeline.sees(*[f"r{n}" for n in range(30)])
    assert _most_at_once(pipeline) == 3


def test_parallel_lanes_of_a_shard_keep_each_keys_order(pipeline: Pipeline) -> None:
    pipeline.create_stream()
    pipeline.deploy(SECONDS="0.05", TOGETHER="2")
    texts = [f"{key}-{n}" for n in range(20) for key in "abcdef"]
    pipeline.put(*texts, key=lambda text: text[0])
    pipeline.map(ParallelizationFactor=4, BatchSize=5)
    pipeline.sees(*texts)
    for key in "abcdef":
        assert [text for text in pipeline.texts() if text[0] == key] == [f"{key}-{n}" for n in range(20)]
    assert _most_at_once(pipeline) > 1


def test_a_filter_holds_records_back(pipeline: Pipeline) -> None:
    pipeline.create_stream()
    pipeline.deploy()
    pipeline.put(*[json.dumps({"metric": metric}) for metric in ("hip", "knee", "hip")], "no json")
    pipeline.map(FilterCriteria={"Filters": [{"Pattern": '{"data": {"metric": ["knee"]}}'}]})
    pipeline.put('{"metric": "knee", "last": 1}')
    pipeline.sees('{"metric": "knee", "last": 1}')
    assert pipeline.texts() == ['{"metric": "knee"}', '{"metric": "knee", "last": 1}']


def test_resharding_while_consuming_loses_nothing(pipeline: Pipeline) -> None:
    kinesis = pipeline.stack.client("kinesis")
    pipeline.create_stream(shards=2)
    pipeline.deploy()
    pipeline.map()
    expected: list[str] = []
    for step, target in enumerate([4, 2, 3]):
        texts = [f"{step}-{n}" for n in range(50)]
        pipeline.put(*texts, key=lambda text: text)
        kinesis.update_shard_count(StreamName=pipeline.name, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
        pipeline.wait_for_stream()
        expected += texts
    pipeline.put("last")
    pipeline.sees(*expected, "last")
    assert sorted(pipeline.texts()) == sorted([*expected, "last"])


def test_throttled_invocations_use_up_no_retries(pipeline: Pipeline) -> None:
    functions = pipeline.stack.client("lambda")
    pipeline.create_stream()
    pipeline.deploy()
    functions.put_function_concurrency(FunctionName=pipeline.name, ReservedConcurrentExecutions=0)
    pipeline.map(MaximumRetryAttempts=0)
    pipeline.put("patient")
    eventually(lambda: pipeline.mapping()["LastProcessingResult"] == "PROBLEM: TooManyRequestsException", "no throttle was shown")
    functions.delete_function_concurrency(FunctionName=pipeline.name)
    pipeline.sees("patient")


def test_a_tumbling_window_is_refused_and_leaves_no_mapping(pipeline: Pipeline) -> None:
    pipeline.create_stream()
    pipeline.deploy()
    with pytest.raises(ClientError, match="TumblingWindowInSeconds is not supported"):
        pipeline.map(TumblingWindowInSeconds=30)
    listed = pipeline.stack.client("lambda").list_event_source_mappings(FunctionName=pipeline.name)
    assert listed["EventSourceMappings"] == []


def test_a_queue_stays_localstacks_own_event_source(pipeline: Pipeline) -> None:
    url, arn = pipeline.queue()
    pipeline.deploy()
    pipeline.uuid = pipeline.stack.client("lambda").create_event_source_mapping(FunctionName=pipeline.name, EventSourceArn=arn)["UUID"]
    pipeline.becomes("Enabled")
    assert "ParallelizationFactor" not in pipeline.mapping()
    pipeline.stack.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    # The function cannot read a queue's message, so the message stays out of sight.
    counted = "ApproximateNumberOfMessagesNotVisible"
    sqs = pipeline.stack.client("sqs")

    def taken() -> bool:
        return bool(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[counted])["Attributes"][counted] == "1")

    eventually(taken, "the message was not taken from the queue")


def test_a_timestamp_begins_with_what_was_put_since_then(pipeline: Pipeline) -> None:
    pipeline.create_stream()
    pipeline.deploy()
    pipeline.put("before")
    eventually(lambda: time.time() > _last_arrival(pipeline) + 1, "time stands still")
    since = int(time.time())
    pipeline.put("since")
    pipeline.map(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=since)
    pipeline.sees("since")
    assert pipeline.texts() == ["since"]


def _last_arrival(pipeline: Pipeline) -> float:
    kinesis = pipeline.stack.client("kinesis")
    first = {"StreamName": pipeline.name, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    records = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**first)["ShardIterator"])["Records"]
    return float(records[-1]["ApproximateArrivalTimestamp"].timestamp())


def _most_at_once(pipeline: Pipeline) -> int:
    spans = [(invocation["began"], invocation["ended"]) for invocation in pipeline.invocations()]
    return max(int(sum(began <= moment < ended for began, ended in spans)) for moment, _ in spans)
