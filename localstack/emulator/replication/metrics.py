"""The latencies of running tasks as CloudWatch metrics: AWS/DMS CDCLatencySource and CDCLatencyTarget, in seconds."""

import logging
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator.replication.task_run import TaskRun

LOG = logging.getLogger(__name__)

NAMESPACE = "AWS/DMS"


def publish(client: Any, runs: Sequence[TaskRun]) -> None:
    """Put both metrics of each task. CloudWatch that does not answer is no reason to stop replicating."""
    data = [datum for run in runs for datum in _data(run)]
    if not data:
        return
    try:
        client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
    except (ClientError, BotoCoreError) as error:
        LOG.warning("metrics were not published: %s", error)


def _data(run: TaskRun) -> list[dict[str, Any]]:
    definition = run.definition
    if definition is None:
        return []
    dimensions = [
        {"Name": "ReplicationInstanceIdentifier", "Value": definition.instance},
        {"Name": "ReplicationTaskIdentifier", "Value": definition.task_arn.rpartition(":")[2]},
    ]
    values = {"CDCLatencySource": run.progress.latency_source_s, "CDCLatencyTarget": run.progress.latency_target_s}
    return [{"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": "Seconds"} for name, value in values.items()]
