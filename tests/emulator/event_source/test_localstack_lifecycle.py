"""A mapping's life in LocalStack: disabled, updated, deleted, in a template, and after a kill."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.event_source.fakes import eventually
from tests.emulator.event_source.local_stack import ACCOUNT, REGION, LocalStack
from tests.emulator.event_source.pipeline import Pipeline


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
        pipeline.deploy(SECONDS="0.1")
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
        # While a service loads that nobody used before, as metrics make CloudWatch do, LocalStack waits half a minute to stop it.
        stack.client("cloudwatch").list_metrics()
        assert stack.stop() < 60, "it did not end of its own accord"
    finally:
        stack.kill()


def test_localstacks_own_mappings_stay_in_place_on_another_kinesis(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, kinesis="default")
    stack.start()
    try:
        with pytest.raises(ClientError) as refused:
            stack.client("lambda").create_event_source_mapping(
                FunctionName="absent",
                EventSourceArn=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/absent",
                StartingPosition="LATEST",
                TumblingWindowInSeconds=30,
            )
        assert "Function does not exist" in str(refused.value)
        assert not list(tmp_path.glob("event-source-checkpoints*"))
    finally:
        stack.kill()
