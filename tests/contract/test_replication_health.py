"""What the health tells of the replication task, from answers as DMS's interface has them."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.adapters.health_checks import Check, replication_check
from chalicelib.domain.errors import UnavailableError

ASKED = {"Filters": [{"Name": "replication-task-id", "Values": ["gonio-local-read-model"]}], "WithoutSettings": True}


@pytest.fixture
def client() -> Any:
    return boto3.client("dms", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def dms(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def check(client: Any) -> Check:
    return replication_check(lambda: client, "local")


def answer(dms: Stubber, **task: Any) -> None:
    dms.add_response("describe_replication_tasks", {"ReplicationTasks": [task]}, ASKED)


def test_a_task_that_runs_tells_of_its_tables(dms: Stubber, check: Check) -> None:
    answer(dms, Status="running", ReplicationTaskStats={"TablesLoaded": 6, "TablesErrored": 0, "ElapsedTimeMillis": 1})
    assert check() == {"tables_loaded": 6.0, "tables_errored": 0.0}


def test_a_task_that_starts_has_nothing_to_tell_yet(dms: Stubber, check: Check) -> None:
    answer(dms, Status="starting")
    assert check() == {}


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        ({"Status": "failed", "StopReason": "Stop Reason FATAL_ERROR", "LastFailureMessage": "Last Error x"}, "failed: Last Error x"),
        ({"Status": "stopped", "StopReason": "Stop Reason NORMAL"}, "stopped: Stop Reason NORMAL"),
        ({"Status": "ready"}, "ready: no reason given"),
    ],
)
def test_a_task_that_does_not_run_is_not_well_and_says_why(dms: Stubber, check: Check, task: dict[str, str], sentence: str) -> None:
    answer(dms, **task)
    with pytest.raises(UnavailableError) as caught:
        check()
    assert str(caught.value) == f"The replication task gonio-local-read-model is {sentence}"


def test_a_task_that_is_not_there_is_not_well(dms: Stubber, client: Any, check: Check) -> None:
    dms.add_client_error("describe_replication_tasks", "ResourceNotFoundFault")
    with pytest.raises(client.exceptions.ResourceNotFoundFault):
        check()
