"""The replication task while the stack runs: how it is, and a full load when it has failed.

A failed task does not go on by itself, here as on AWS; a deployment starts it again, and between deployments the watcher does.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.replication import UNDER_WAY, describe_task, start_task

_STARTED_WITHIN_S = 10.0
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Task:
    """A task as DescribeReplicationTasks tells it."""

    name: str
    status: str
    failure: str | None

    @property
    def is_under_way(self) -> bool:
        """Whether it replicates, or is about to."""
        return self.status in UNDER_WAY

    def __str__(self) -> str:
        return f"{self.name} is {self.status}" + (f": {self.failure}" if self.failure else "")


def describe(dms: Any, task_arn: str) -> Task:
    """Raises what the client raises, and DeploymentError when there is no such task."""
    found = describe_task(dms, task_arn)
    return Task(found["ReplicationTaskIdentifier"], found["Status"], found.get("LastFailureMessage"))


class Revival:
    """Answers a failed task by a full load, at once and then after pauses that double while it keeps failing.

    A task that somebody stopped stays stopped.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._not_before_s = clock()
        self._pause_s = _SHORTEST_PAUSE_S

    def look(self, dms: Any, task_arn: str, say: Callable[[str], None]) -> None:
        """One look. Raises what the client raises, and DeploymentError when the task does not start."""
        task, now_s = describe(dms, task_arn), self._clock()
        if now_s < self._not_before_s:
            return
        if task.status != "failed":
            self._pause_s = _SHORTEST_PAUSE_S
            return
        self._not_before_s, self._pause_s = now_s + self._pause_s, min(2 * self._pause_s, _LONGEST_PAUSE_S)
        say(f"replication: {task}")
        start_task(dms, task_arn, say, _STARTED_WITHIN_S)
