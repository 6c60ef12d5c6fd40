"""A replication task that failed is loaded again, in good time and not too often; one that somebody stopped is left alone."""

from typing import Any

import pytest

from launcher.deploying.replication_task import Revival, Task, describe

ARN = "arn:aws:dms:eu-west-1:000000000000:task:T"


class FakeDms:
    """One task, which runs once it is started."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.starts: list[str] = []

    def describe_replication_tasks(self, *, Filters: list[dict[str, Any]]) -> dict[str, Any]:
        assert Filters == [{"Name": "replication-task-arn", "Values": [ARN]}]
        failure = {"LastFailureMessage": "the log was purged"} if self.status == "failed" else {}
        return {"ReplicationTasks": [{"ReplicationTaskIdentifier": "read-model", "Status": self.status, **failure}]}

    def start_replication_task(self, *, ReplicationTaskArn: str, StartReplicationTaskType: str) -> None:
        assert ReplicationTaskArn == ARN
        self.starts.append(StartReplicationTaskType)
        self.status = "running"


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_failed_task_is_told_with_its_reason_and_loaded_again() -> None:
    dms, said = FakeDms("failed"), list[str]()
    Revival(Clock()).look(dms, ARN, said.append)
    assert dms.starts == ["reload-target"]
    assert said[0] == "replication: read-model is failed: the log was purged"


@pytest.mark.parametrize("status", ["running", "starting", "stopping", "stopped", "ready"])
def test_no_other_task_is_touched(status: str) -> None:
    dms, said = FakeDms(status), list[str]()
    Revival(Clock()).look(dms, ARN, said.append)
    assert (dms.starts, said) == ([], [])


def test_a_task_that_fails_again_and_again_is_loaded_after_pauses_that_double() -> None:
    dms, clock, loaded_at = FakeDms("failed"), Clock(), list[float]()
    revival = Revival(clock)
    for _ in range(800):
        dms.status = "failed"
        revival.look(dms, ARN, lambda _text: None)
        if len(dms.starts) > len(loaded_at):
            loaded_at.append(clock.now_s - 1000)
        clock.now_s += 1
    assert loaded_at == [0, 60, 180, 420]


def test_a_task_that_ran_for_longer_than_the_pause_is_loaded_at_once_when_it_fails() -> None:
    dms, clock = FakeDms("failed"), Clock()
    revival = Revival(clock)
    for status, later_s in (("failed", 0), ("failed", 60), ("running", 200), ("failed", 1), ("failed", 59), ("failed", 1)):
        clock.now_s += later_s
        dms.status = status
        revival.look(dms, ARN, lambda _text: None)
    assert len(dms.starts) == 4


@pytest.mark.parametrize(("status", "is_under_way"), [("starting", True), ("running", True), ("failed", False), ("stopped", False)])
def test_what_is_under_way(status: str, is_under_way: bool) -> None:
    assert describe(FakeDms(status), ARN).is_under_way is is_under_way


def test_a_task_reads_as_a_sentence() -> None:
    assert str(Task("read-model", "failed", "no log")) == "read-model is failed: no log"
    assert str(Task("read-model", "stopped", None)) == "read-model is stopped"
