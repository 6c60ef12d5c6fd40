"""The latencies of running tasks as CloudWatch metrics: AWS/DMS CDCLatencySource and CDCLatencyTarget, in seconds."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator.replication.task_run import TaskRun
from emulator.replication.task_state import Definition, Progress

LOG = logging.getLogger(__name__)

NAMESPACE = "AWS/DMS"


def publish(client: Any, runs: Sequence[TaskRun]) -> None:
    """Put both metrics of each task that follows its source. CloudWatch that does not answer is no reason to stop replicating."""
    now = time.time()
    data = [datum for run in runs if run.definition for datum in latencies(run.definition, run.progress, now)]
    if not data:
        return
    try:
        client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
    except (ClientError, BotoCoreError) as error:
        LOG.warning("metrics were not published: %s", error)


def latencies(definition: Definition, progress: Progress, now: float) -> list[dict[str, Any]]:
    """A task's metrics at a moment (epoch seconds); a task that only loads has none."""
    if definition.migration_type == "full-load":
        return []
    dimensions = [
        {"Name": "ReplicationInstanceIdentifier", "Value": definition.instance},
        {"Name": "ReplicationTaskIdentifier", "Value": definition.task_arn.rpartition(":")[2]},
    ]
    values = zip(("CDCLatencySource", "CDCLatencyTarget"), progress.latencies_s(now), strict=True)
    return [{"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": "Seconds"} for name, value in values]
