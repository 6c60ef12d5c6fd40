"""How far behind the pipeline is, hop by hop, as lines for people. A figure that cannot be had says why, and keeps nobody waiting."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTimeError
from typing import Any

from chalicelib.adapters import pipeline_metrics
from launcher import aws
from launcher.deploying.deployment import STAGE, known_outputs
from launcher.instance import Instance
from launcher.measuring import lag

DEADLINE_S = 2.0

type Probe = Callable[[], list[str]]


def lines(instance: Instance) -> list[str]:
    """Consumer lag by shard, replication and read-model latency, dead letters; all asked at once."""
    outputs = known_outputs(instance)
    if not outputs:
        return ["pipeline     unknown: nothing is deployed"]

    def client(service: str) -> Any:
        return aws.client(instance, service, aws.IMPATIENT)

    return ask(
        {
            "telemetry": lambda: _consumer(instance, client("kinesis"), outputs["TelemetryStreamName"], "ingest"),
            "changes": lambda: _consumer(instance, client("kinesis"), outputs["ChangesStreamName"], "project"),
            "replication": lambda: _replication(client("dms"), client("cloudwatch"), outputs["ReplicationTaskArn"]),
            "read model": lambda: _read_model(client("cloudwatch")),
            "dead letters": lambda: _dead_letters(client("sqs"), outputs["DeadLetterQueueUrl"]),
        }
    )


def ask(probes: Mapping[str, Probe], deadline_s: float = DEADLINE_S) -> list[str]:
    """Each probe's lines behind its name; `unknown` and the reason for one that fails or is late."""
    executor = ThreadPoolExecutor(max_workers=len(probes))
    ends_at = time.monotonic() + deadline_s
    asked = {name: executor.submit(probe) for name, probe in probes.items()}
    found: list[str] = []
    for name, future in asked.items():
        try:
            answer = future.result(timeout=max(0.0, ends_at - time.monotonic()))
        except NotInTimeError:
            answer = [f"unknown: no answer within {deadline_s:g} s"]
        except Exception as error:  # noqa: BLE001 - the last resort: one figure that is unknown does not cost the others
            answer = [f"unknown: {error}"]
        found += [f"{name if not place else '':<12} {line}" for place, line in enumerate(answer)]
    executor.shutdown(wait=False, cancel_futures=True)
    return found


def _consumer(instance: Instance, kinesis: Any, stream: str, role: str) -> list[str]:
    known = lag.checkpoints(instance.folder("emulator") / lag.CHECKPOINTS, stream, f"gonio-{STAGE}-{role}")
    found = lag.shard_lags(kinesis, stream, known, int(time.time() * 1000))
    return [f"{role}: {it.shard_id} {it}" for it in found]


def _replication(dms: Any, cloudwatch: Any, task_arn: str) -> list[str]:
    named = [{"Name": "replication-task-arn", "Values": [task_arn]}]
    (task,) = dms.describe_replication_tasks(Filters=named)["ReplicationTasks"]
    known = pipeline_metrics.figures(cloudwatch, STAGE, int(time.time() * 1000))
    source, target = (_seconds(known.get(f"replication_{side}_latency_s")) for side in ("source", "target"))
    failure = task.get("LastFailureMessage")
    return [
        f"{task['ReplicationTaskIdentifier']} {task['Status']}, source {source} behind, target {target} behind",
        *([f"last failure: {failure}"] if failure else []),
    ]


def _seconds(latency_s: float | None) -> str:
    return "unknown" if latency_s is None else f"{latency_s:.1f} s"


def _read_model(cloudwatch: Any) -> list[str]:
    latency_ms = pipeline_metrics.figures(cloudwatch, STAGE, int(time.time() * 1000)).get("read_model_latency_ms")
    if latency_ms is None:
        return ["unknown: nothing was projected in the last minutes"]
    return [f"{latency_ms:.0f} ms from commit to document, at most in the last minute that brought any"]


def _dead_letters(sqs: Any, url: str) -> list[str]:
    name = "ApproximateNumberOfMessages"
    count = int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])
    return [f"{count} in the queue"]
