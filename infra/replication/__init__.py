"""The replication task: AWS makes it with its stack and starts it only when it is asked to."""

import time
from typing import Any

from infra.cloudformation import DeploymentError, Say

_STARTS = {"ready": "start-replication", "stopped": "resume-processing"}
UNDER_WAY = frozenset({"starting", "running"})
"""The statuses of a task that replicates, or is about to."""
_POLL_SECONDS = 0.5


def start_task(dms: Any, task_arn: str, say: Say, within_s: float = 900) -> None:
    """Start the task, or let it go on where it was. A failed one is told to load everything again.

    Raises DeploymentError when it does not run in time.
    """
    deadline = time.monotonic() + within_s
    asked = False
    while (task := describe_task(dms, task_arn))["Status"] not in UNDER_WAY:
        if not asked and (kind := _STARTS.get(task["Status"], "reload-target" if task["Status"] == "failed" else "")):
            say(f"replication: {kind} after {task['Status']}")
            dms.start_replication_task(ReplicationTaskArn=task_arn, StartReplicationTaskType=kind)
            asked = True
        if time.monotonic() > deadline:
            raise DeploymentError(f"replication: the task is {task['Status']}: {task.get('LastFailureMessage', 'no reason given')}")
        time.sleep(_POLL_SECONDS)
    say(f"replication: the task is {task['Status']}")


def describe_task(dms: Any, task_arn: str) -> dict[str, Any]:
    """The task as DescribeReplicationTasks tells it. Raises DeploymentError when there is none, and what the client raises."""
    filters = [{"Name": "replication-task-arn", "Values": [task_arn]}]
    tasks: list[dict[str, Any]] = dms.describe_replication_tasks(Filters=filters)["ReplicationTasks"]
    if not tasks:
        raise DeploymentError(f"replication: the task {task_arn} does not exist")
    return tasks[0]
