"""Mappings in LocalStack, with the durable Kinesis and the process executor, through boto3 alone."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.emulator.event_source.fakes import eventually
from tests.emulator.event_source.functions import SOURCE
from tests.emulator.event_source.local_stack import ACCOUNT, REGION, LocalStack, archive

ROLE = f"arn:aws:iam::{ACCOUNT}:role/consumer"


@dataclass
class Pipeline:
    """A stream, a function, and a mapping between them."""

    stack: LocalStack
    name: str
    seen: Path
    uuid: str = ""

    def deploy(self, **environment: str) -> None:
        """Create the function; again after a restart, which made LocalStack forget it."""
        variables = {"SEEN": str(self.seen), **environment}
        functions = self.stack.client("lambda")
        functions.create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Role=ROLE,
            Handler="app.handler",
            Timeout=20,
            Code={"ZipFile": archive(SOURCE)},
            Environment={"Variables": variables},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 1})

    def create_stream(self, shards: int = 1) -> None:
        kinesis = self.stack.client("kinesis")
        kinesis.create_stream(StreamName=self.name, ShardCount=shards)
        self.wait_for_stream()

    def wait_for_stream(self) -> None:
        kinesis = self.stack.client("kinesis")
        eventually(lambda: _summary(kinesis, self.name)["StreamStatus"] == "ACTIVE", "the stream is not active")

    @property
    def stream_arn(self) -> str:
        return str(_summary(self.stack.client("kinesis"), self.name)["StreamARN"])

    def map(self, **settings: Any) -> None:
        """Create the mapping, and wait until it reads."""
        request = {"StartingPosition": "TRIM_HORIZON", **settings, "FunctionName": self.name, "EventSourceArn": self.stream_arn}
        self.uuid = self.stack.client("lambda").create_event_source_mapping(**request)["UUID"]
        self.becomes("Enabled")

    def mapping(self) -> dict[str, Any]:
        return dict(self.stack.client("lambda").get_event_source_mapping(UUID=self.uuid))

    def becomes(self, state: str) -> None:
        eventually(lambda: self.mapping()["State"] == state, f"the mapping never became {state}")

    def put(self, *texts: str, key: Callable[[str], str] = lambda _text: "key") -> None:
        records = [{"Data": text.encode(), "PartitionKey": key(text)} for text in texts]
        answer = self.stack.client("kinesis").put_records(StreamName=self.name, Records=records)
        assert answer["FailedRecordCount"] == 0

    def invocations(self) -> list[dict[str, Any]]:
        if not self.seen.exists():
            return []
        return [json.loads(line) for line in self.seen.read_text().splitlines()]

    def texts(self) -> list[str]:
        """Every record that the function saw, in the order in which invocations ended."""
        return [text for invocation in self.invocations() for text in invocation["texts"]]

    def sees(self, *texts: str) -> None:
        eventually(lambda: set(texts) <= set(self.texts()), f"the function never saw all of {texts[:5]}...", within_s=30)

    def queue(self) -> tuple[str, str]:
        """A queue's URL and ARN."""
        url = self.stack.client("sqs").create_queue(QueueName=self.name)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}"

    def message(self, url: str) -> dict[str, Any]:
        """The next message of a queue."""
        messages = self.stack.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages")
        assert messages, "no message came"
        return dict(json.loads(messages[0]["Body"]))


def _summary(kinesis: Any, name: str) -> Any:
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    process = LocalStack(tmp_path_factory.mktemp("localstack"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def pipeline(stack: LocalStack) -> Iterator[Pipeline]:
    name = f"test-{uuid4().hex[:8]}"
    made = Pipeline(stack, name, stack.folder / f"{name}.jsonl")
    yield made
    if made.uuid and stack.process:
        stack.client("lambda").delete_event_source_mapping(UUID=made.uuid)


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
    pipeline.deploy(SECONDS="1")
    pipeline.put(*[f"r{n}" for n in range(30)], key=lambda text: text)
    pipeline.map()
    pipeline.sees(*[f"r{n}" for n in range(30)])
    assert _most_at_once(pipeline) == 3


def test_parallel_lanes_of_a_shard_keep_each_keys_order(pipeline: Pipeline) -> None:
    pipeline.create_stream()
    pipeline.deploy(SECONDS="0.05")
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


def test_a_disabled_mapping_reads_nothing_and_goes_on_where_it_was(pipeline: Pipeline) -> None:
    functions = pipeline.stack.client("lambda")
    pipeline.create_stream()
    pipeline.deploy()
    pipeline.map()
    pipeline.put("before")
    pipeline.sees("before")
    functions.update_event_source_mapping(UUID=pipeline.uuid, Enabled=False)
    pipeline.becomes("Disabled")
    pipeline.put("meanwhile")
    functions.update_event_source_mapping(UUID=pipeline.uuid, Enabled=True, BatchSize=7)
    pipeline.becomes("Enabled")
    pipeline.sees("meanwhile")
    assert pipeline.texts() == ["before", "meanwhile"]
    assert pipeline.mapping()["BatchSize"] == 7


def test_a_batch_size_changed_while_running_applies(pipeline: Pipeline) -> None:
    pipeline.create_stream()
    pipeline.deploy()
    pipeline.map()
    pipeline.put("before")
    pipeline.sees("before")
    pipeline.stack.client("lambda").update_event_source_mapping(UUID=pipeline.uuid, BatchSize=1)
    pipeline.becomes("Enabled")
    pipeline.put("x", "y", "z")
    pipeline.sees("x", "y", "z")
    assert [len(invocation["texts"]) for invocation in pipeline.invocations()] == [1, 1, 1, 1]


def test_a_mapping_deleted_and_made_anew_starts_from_its_starting_position(pipeline: Pipeline) -> None:
    functions = pipeline.stack.client("lambda")
    pipeline.create_stream()
    pipeline.deploy()
    pipeline.put("once")
    pipeline.map()
    pipeline.sees("once")
    functions.delete_event_source_mapping(UUID=pipeline.uuid)
    eventually(lambda: not functions.list_event_source_mappings(FunctionName=pipeline.name)["EventSourceMappings"], "still listed")
    pipeline.map()
    eventually(lambda: pipeline.texts() == ["once", "once"], "the new mapping did not start from the trim horizon")


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


def test_an_update_to_another_function_goes_on_where_the_first_one_was(pipeline: Pipeline) -> None:
    functions = pipeline.stack.client("lambda")
    pipeline.create_stream()
    pipeline.deploy()
    pipeline.put("first")
    pipeline.map()
    pipeline.sees("first")
    functions.publish_version(FunctionName=pipeline.name)
    alias = functions.create_alias(FunctionName=pipeline.name, Name="live", FunctionVersion="1")["AliasArn"]
    functions.update_event_source_mapping(UUID=pipeline.uuid, FunctionName=alias)
    pipeline.becomes("Enabled")
    pipeline.put("second")
    pipeline.sees("second")
    assert pipeline.texts() == ["first", "second"]
    assert pipeline.mapping()["FunctionArn"] == alias


def test_a_mapping_of_a_template_is_made_changed_and_deleted(pipeline: Pipeline) -> None:
    pipeline.create_stream()
    pipeline.deploy(REPORTS="1")
    stacks = pipeline.stack.client("cloudformation")
    stacks.create_stack(StackName=pipeline.name, TemplateBody=_template(pipeline, BatchSize=5))
    eventually(lambda: _mappings(pipeline), "no mapping was made")
    pipeline.put("a", "b")
    pipeline.sees("a", "b")
    eventually(lambda: _stack_status(stacks, pipeline.name) == "CREATE_COMPLETE", "the stack was not created")
    stacks.update_stack(StackName=pipeline.name, TemplateBody=_template(pipeline, BatchSize=1))
    eventually(lambda: _stack_status(stacks, pipeline.name) == "UPDATE_COMPLETE", "the stack was not updated")
    (mapping,) = _mappings(pipeline)
    assert (mapping["BatchSize"], mapping["ParallelizationFactor"], mapping["BisectBatchOnFunctionError"]) == (1, 2, True)
    pipeline.put("c")
    pipeline.sees("c")
    assert sorted(pipeline.texts()) == ["a", "b", "c"]
    stacks.delete_stack(StackName=pipeline.name)
    eventually(lambda: not _mappings(pipeline), "the mapping was not deleted")


def _template(pipeline: Pipeline, **settings: Any) -> str:
    mapping = {
        "FunctionName": pipeline.name,
        "EventSourceArn": pipeline.stream_arn,
        "StartingPosition": "TRIM_HORIZON",
        "ParallelizationFactor": 2,
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 3,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        **settings,
    }
    return json.dumps({"Resources": {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}}})


def _mappings(pipeline: Pipeline) -> list[dict[str, Any]]:
    return list(pipeline.stack.client("lambda").list_event_source_mappings(FunctionName=pipeline.name)["EventSourceMappings"])


def _stack_status(stacks: Any, name: str) -> str:
    return str(stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def test_a_killed_localstack_resumes_with_the_mapping_made_anew(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path)
    stack.start()
    try:
        before = [f"before-{n}" for n in range(300)]
        pipeline = Pipeline(stack, "killed", tmp_path / "killed.jsonl")
        pipeline.create_stream(shards=3)
        pipeline.deploy(SECONDS="0.02")
        pipeline.map(BatchSize=10)
        pipeline.put(*before, key=lambda text: text)
        eventually(lambda: len(pipeline.texts()) > 50, "nothing was consumed before the kill")
        stack.kill()
        taken = len(pipeline.texts())
        stack.start()
        pipeline.deploy()
        pipeline.map(BatchSize=10)
        pipeline.put("after")
        pipeline.sees(*before, "after")
        # At least once: each shard's batch that was under way may come twice, and nothing else does.
        assert len(pipeline.texts()) <= len(before) + 1 + 3 * 10
        assert taken < len(before)
        assert stack.stop() < 15
    finally:
        stack.kill()


def _most_at_once(pipeline: Pipeline) -> int:
    spans = [(invocation["began"], invocation["ended"]) for invocation in pipeline.invocations()]
    return max(int(sum(began <= moment < ended for began, ended in spans)) for moment, _ in spans)
