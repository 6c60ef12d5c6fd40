"""What `make status` tells of each component, and when it ends with 1."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from launcher.processes.components import Component
from launcher.processes.health import Process
from launcher.status import components, task

OUTPUTS = {"ReplicationTaskArn": "arn"}
LOG = Path("/srv/gonio/replication.log")


def _lines(*, answers: bool, state: str) -> list[tuple[str, bool]]:
    process: Process = {"name": "replication", "statename": state, "pid": 0, "start": 0}
    wanted = Component("replication", ("true",), {}, lambda: answers)
    return [(line.text, line.is_well) for line in components([wanted], [process], lambda name: Path(f"/srv/{name}.log"))]


@pytest.mark.parametrize(("answers", "state"), [(True, "FATAL"), (True, "BACKOFF"), (False, "RUNNING")])
def test_a_component_that_does_not_run_or_does_not_answer_is_not_well(answers: bool, state: str) -> None:
    told = f"replication  DOES NOT ANSWER  {state.lower():<9} pid -        up -        log /srv/replication.log"
    assert _lines(answers=answers, state=state) == [(told, False)]


def test_a_component_that_runs_and_answers_is_well() -> None:
    assert _lines(answers=True, state="RUNNING") == [
        ("replication  answers          running   pid -        up -        log /srv/replication.log", True)
    ]


def test_a_component_that_supervisord_does_not_know_is_not_well() -> None:
    (line,) = components([Component("gateway", ("true",), {}, lambda: True)], [], lambda name: Path(f"/srv/{name}.log"))
    assert not line.is_well


class Dms:
    def __init__(self, status: str) -> None:
        self.status = status

    def describe_replication_tasks(self, **_asked: Any) -> Any:
        if self.status == "away":
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
        told = {"ReplicationTaskIdentifier": "read-model", "Status": self.status, "LastFailureMessage": "the log was purged"}
        return {"ReplicationTasks": [told]}


@pytest.mark.parametrize("status", ["failed", "stopped", "stopping", "ready"])
def test_a_replication_task_that_does_not_replicate_is_named_with_its_reason(status: str) -> None:
    (line,) = task(Dms(status), OUTPUTS, LOG)
    assert line.text == f"task         read-model is {status}: the log was purged; its log is /srv/gonio/replication.log"
    assert not line.is_well


@pytest.mark.parametrize(("status", "outputs"), [("running", OUTPUTS), ("starting", OUTPUTS), ("away", OUTPUTS), ("failed", {})])
def test_of_a_task_that_is_under_way_or_cannot_be_known_there_is_no_line(status: str, outputs: dict[str, str]) -> None:
    assert task(Dms(status), outputs, LOG) == []
