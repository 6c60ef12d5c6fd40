"""What operators see of a running instance: status, health, metrics, and how live it is."""

import datetime as dt
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e.browsing import browser
from tests.e2e.launching import launcher
from tests.e2e.local_stack import ROOT, LocalStack, until
from tests.e2e.replaying import Replay, replay, wait_until_stored

SHARDS = 3
SHARD_IDS = [f"shardId-{number:012d}" for number in range(SHARDS)]
FIGURES = {
    "telemetry_lag_ms",
    "changes_lag_ms",
    *(f"{stream}_lag_ms.{shard_id}" for stream in ("telemetry", "changes") for shard_id in SHARD_IDS),
    "read_model_latency_ms",
    "replication_source_latency_s",
    "replication_target_latency_s",
    "dead_letters",
}


@pytest.fixture(scope="module")
def played(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    stack.wait_until_up()
    performance = replay(stack, tmp_path_factory.mktemp("operations"), ["north-tracker-1"], "--recording", "m10_s01")
    performance.run()
    wait_until_stored(stack, performance)
    return performance


def _status(stack: LocalStack) -> str:
    return launcher("status", stack.file.parent).stdout


def _health(stack: LocalStack) -> dict[str, Any]:
    with browser(stack) as anyone:
        return dict(anyone.get("/health").json())


def _figures(health: dict[str, Any]) -> dict[str, float]:
    return next((c["figures"] for c in health["components"] if c["name"] == "pipeline"), {})


def test_status_tells_what_waits_in_each_shard_until_nothing_does(running: LocalStack, played: Replay) -> None:
    assert played.expected
    shards = re.findall(r"(ingest|project): (shardId-\d+) \d+\+? records", _status(running))
    assert sorted(shards) == sorted((role, shard_id) for role in ("ingest", "project") for shard_id in SHARD_IDS)
    until(lambda: _status(running).count(" 0 records behind") == 2 * SHARDS, 60, "nothing to wait")


def test_status_tells_of_replication_read_model_and_dead_letters(running: LocalStack, played: Replay) -> None:
    assert played.expected
    replication = r"replication +gonio-local-read-model running, source \d+\.\d s behind, target \d+\.\d s behind"
    read_model = r"read model +\d+ ms from commit to document"
    told = re.compile(rf"{replication}\n{read_model}")
    status = until(lambda: text if told.search(text := _status(running)) else "", 60, "both latencies")
    assert re.search(r"dead letters \d+ in the queue", status)


def test_health_has_the_same_figures_and_no_secret(running: LocalStack, played: Replay) -> None:
    assert played.expected
    health = until(lambda: h if _figures(h := _health(running)).keys() >= FIGURES else {}, 120, "the pipeline's figures")
    assert all(value >= 0 for value in _figures(health).values())
    secrets = [running.content["mysql"]["password"], *(user["password"] for user in running.content["users"])]
    assert [secret for secret in secrets if secret in json.dumps(health)] == []


def test_health_tells_of_a_replication_task_that_is_stopped(running: LocalStack, played: Replay) -> None:
    assert played.expected
    dms = running.client("dms")

    def task() -> dict[str, str]:
        (found,) = dms.describe_replication_tasks()["ReplicationTasks"]
        return {"arn": found["ReplicationTaskArn"], "status": found["Status"]}

    def told() -> tuple[str, str]:
        health = _health(running)
        return health["status"], next(it["status"] for it in health["components"] if it["name"] == "replication")

    until(lambda: told() == ("ok", "ok"), 60, "a health without a fault")
    dms.stop_replication_task(ReplicationTaskArn=task()["arn"])
    try:
        until(lambda: told() == ("degraded", "down"), 60, "the stopped task in the health")
    finally:
        until(lambda: task()["status"] == "stopped", 60, "the task's end")
        dms.start_replication_task(ReplicationTaskArn=task()["arn"], StartReplicationTaskType="resume-processing")
    until(lambda: told() == ("ok", "ok"), 60, "the task that goes on")


@pytest.mark.parametrize(
    ("namespace", "name", "dimensions"),
    [
        ("AWS/Lambda", "IteratorAge", {"FunctionName": "gonio-local-ingest"}),
        ("AWS/Lambda", "IteratorAge", {"FunctionName": "gonio-local-project"}),
        *(
            ("AWS/Kinesis", "IteratorAgeMilliseconds", {"StreamName": f"gonio-local-{stream}", "ShardId": shard_id})
            for stream in ("telemetry", "changes")
            for shard_id in SHARD_IDS
        ),
        ("AWS/DMS", "CDCLatencySource", {"ReplicationInstanceIdentifier": "gonio-local"}),
        ("AWS/DMS", "CDCLatencyTarget", {"ReplicationInstanceIdentifier": "gonio-local"}),
        ("Gonio", "ReadModelLatency", {"Stage": "local", "service": "project"}),
        ("Gonio", "StoreDelay", {"Stage": "local", "service": "ingest"}),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "gonio-local-dead-letters"}),
    ],
)
def test_the_figures_are_metrics_of_cloudwatch(
    running: LocalStack, played: Replay, namespace: str, name: str, dimensions: dict[str, str]
) -> None:
    assert played.expected
    client, now = running.client("cloudwatch"), dt.datetime.now(dt.UTC)
    window = {"StartTime": now - dt.timedelta(hours=1), "EndTime": now + dt.timedelta(hours=1), "Period": 7200}
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]

    def points() -> Any:
        """What was told with all these dimensions; a replication task's identifier, which AWS chooses, may come with them."""
        for metric in client.list_metrics(Namespace=namespace, MetricName=name, Dimensions=named)["Metrics"]:
            if {it["Name"] for it in metric["Dimensions"]} - dimensions.keys() <= {"ReplicationTaskIdentifier"}:
                return client.get_metric_statistics(**metric, Statistics=["Maximum"], **window)["Datapoints"]
        return []

    assert until(points, 90, f"{namespace} {name}")[0]["Maximum"] >= 0


def test_every_message_of_a_live_load_is_found_by_search_and_told_to_a_browser(running: LocalStack) -> None:
    command = [sys.executable, "-m", "launcher.measuring.live", "--var", str(running.file.parent), "--rate", "10", "--seconds", "3"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}/localstack:{ROOT}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"searchable +\d+ ms +\d+ ms", done.stdout)
    assert re.search(r"live event +\d+ ms +\d+ ms", done.stdout)


def test_status_tells_what_it_can_when_aws_hangs(running: LocalStack) -> None:
    halted = running.process("localstack")
    halted.suspend()
    try:
        status = launcher("status", running.file.parent, within_s=30)
    finally:
        halted.resume()
    assert status.returncode == 1
    assert re.search(r"localstack +DOES NOT ANSWER", status.stdout)
    assert re.search(r"mariadb +answers", status.stdout)
    for name in ("telemetry", "changes", "replication", "read model", "dead letters"):
        assert re.search(rf"^{name} +unknown: ", status.stdout, re.MULTILINE), status.stdout
    running.wait_until_up()
