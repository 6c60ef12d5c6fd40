"""A stack of CloudFormation, the engine as a process, a database and the durable stream: with kills of LocalStack."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Stacks
from tests.emulator.dms.declarations import mappings, resources
from tests.emulator.replication.database import Database
from tests.emulator.replication.laboratory import eventually, replayed
from tests.emulator.replication.test_tasks import ITEMS, table

_PROJECT = Path(__file__).parents[3]
LATENCIES = {"CDCLatencySource", "CDCLatencyTarget"}
OUTPUTS = {"Task": {"Ref": "Task"}, "Source": {"Fn::GetAtt": ["Source", "ExternalId"]}, "Subnets": {"Ref": "Subnets"}}


@pytest.fixture
def stack_process(tmp_path: Path) -> Iterator[LocalProcess]:
    """A LocalStack that a test may kill."""
    process = LocalProcess(tmp_path / "localstack")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def engine(stack_process: LocalProcess) -> Iterator[None]:
    """The engine beside it."""
    address = stack_process.client("dms").meta.endpoint_url
    options = ["--data-dir", str(stack_process.data_dir), "--aws-endpoint-url", address, "--region", "eu-west-1"]
    command = [sys.executable, "-m", "emulator.replication", *options]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(_PROJECT / "localstack")}, stderr=subprocess.DEVNULL) as process:
        yield
        process.terminate()


def streamed(process: LocalProcess) -> list[dict[str, Any]]:
    """All records of the stream, shard by shard."""
    client, documents = process.client("kinesis"), []
    for shard in client.list_shards(StreamName="stack-changes")["Shards"]:
        place = {"StreamName": "stack-changes", "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = client.get_shard_iterator(**place)["ShardIterator"]
        documents += [json.loads(record["Data"]) for record in client.get_records(ShardIterator=iterator)["Records"]]
    return documents


def status(process: LocalProcess, arn: str) -> str:
    """The task's status."""
    wanted = [{"Name": "replication-task-arn", "Values": [arn]}]
    return str(process.client("dms").describe_replication_tasks(Filters=wanted)["ReplicationTasks"][0]["Status"])


def progress(process: LocalProcess, arn: str) -> int:
    """How much of the full load is done, in percent."""
    wanted = [{"Name": "replication-task-arn", "Values": [arn]}]
    (task,) = process.client("dms").describe_replication_tasks(Filters=wanted)["ReplicationTasks"]
    return int(task.get("ReplicationTaskStats", {}).get("FullLoadProgressPercent", 0))


def values(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows as the endpoint of the stack writes them: without null and empty columns."""
    return {key: {name: value for name, value in row.items() if value not in (None, "")} for key, row in rows.items()}


@pytest.mark.usefixtures("engine")
def test_a_stack_replicates_through_a_kill_of_localstack_and_is_taken_over(stack_process: LocalProcess, database: Database) -> None:
    schema = database.new_schema("stacked", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
    declared = resources(database.port, schema)
    outcome = Stacks(stack_process.client("cloudformation")).deploy("changes", declared, outputs=OUTPUTS)
    assert outcome.status == "CREATE_COMPLETE", outcome
    arn = outcome.outputs["Task"]
    assert status(stack_process, arn) == "ready"
    stack_process.client("dms").start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType="start-replication")
    eventually(lambda: replayed(streamed(stack_process)) == values(table(database, schema)))
    eventually(lambda: progress(stack_process, arn) == 100)  # the engine knows, too, that the records are on the stream

    stack_process.kill()
    database.execute("INSERT INTO items VALUES (2, 2, 'while away')", schema=schema)
    stack_process.start()
    again = Stacks(stack_process.client("cloudformation")).deploy("changes", declared, outputs=OUTPUTS)
    assert (again.status, again.outputs) == ("CREATE_COMPLETE", outcome.outputs)
    assert status(stack_process, arn) == "running"
    eventually(lambda: replayed(streamed(stack_process)) == values(table(database, schema)), within_s=40)
    metrics = stack_process.client("cloudwatch")
    eventually(lambda: {one["MetricName"] for one in metrics.list_metrics(Namespace="AWS/DMS")["Metrics"]} == LATENCIES, within_s=30)
    loads = [document for document in streamed(stack_process) if document["metadata"]["operation"] == "load"]
    assert len(loads) == 1


@pytest.mark.usefixtures("engine")
def test_a_changed_declaration_stops_and_resumes_the_task_and_a_deleted_stack_leaves_nothing(
    stack_process: LocalProcess, database: Database
) -> None:
    schema = database.new_schema("changing", ITEMS, "CREATE TABLE hidden (id INT PRIMARY KEY)", "INSERT INTO items VALUES (1, 1, 'x')")
    declared, stacks = resources(database.port, schema), Stacks(stack_process.client("cloudformation"))
    exclude = {
        "rule-type": "selection",
        "rule-id": "2",
        "rule-name": "n",
        "rule-action": "exclude",
        "object-locator": {"schema-name": schema, "table-name": "hidden"},
    }
    declared["Task"]["Properties"]["TableMappings"] = mappings(schema, exclude)
    arn = stacks.deploy("changes", declared, outputs=OUTPUTS).outputs["Task"]
    dms = stack_process.client("dms")
    dms.start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType="start-replication")
    eventually(lambda: replayed(streamed(stack_process)) == values(table(database, schema)))
    database.execute("INSERT INTO hidden VALUES (7)", schema=schema)

    declared["Task"]["Properties"]["TableMappings"] = mappings(schema)
    assert stacks.deploy("changes", declared, outputs=OUTPUTS).status == "UPDATE_COMPLETE"
    eventually(lambda: f"{schema}.hidden.7" in replayed(streamed(stack_process)))
    assert status(stack_process, arn) == "running"

    assert stacks.delete("changes").status == "DELETE_COMPLETE"
    assert dms.describe_replication_tasks()["ReplicationTasks"] == []
    assert dms.describe_endpoints()["Endpoints"] == []
