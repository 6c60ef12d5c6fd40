"""What the launcher says when another program does not answer: one sentence with component, cause and log."""

import socket
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from launcher import stack_content
from launcher.errors import LauncherError
from launcher.instance import Instance
from launcher.measuring.readings import readings
from launcher.measuring.row_reader import RowReader
from launcher.outages import explained


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """One where nothing runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Instance(tmp_path, {"mariadb": port}, {"owner": "secret"})


def test_a_database_that_is_away_is_named_with_its_log(instance: Instance) -> None:
    away = r"^mariadb: it cannot be reached: Can't connect to MySQL server .*mariadb\.log$"
    with pytest.raises(LauncherError, match=away), readings(instance):
        pytest.fail("there is nothing to read")
    with pytest.raises(LauncherError, match=away):
        RowReader(instance, 0).begin()


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ClientError({"Error": {"Code": "NoSuchBucket", "Message": "gone"}}, "ListObjectsV2"), "NoSuchBucket"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "Could not connect"),
    ],
)
def test_an_aws_service_that_refuses_or_is_away_is_named_with_its_log(instance: Instance, error: Exception, cause: str) -> None:
    with (
        pytest.raises(LauncherError, match=rf"^localstack: no poison could be read: .*{cause}.*localstack\.log$"),
        explained(instance, "localstack", "no poison could be read"),
    ):
        raise error


def test_a_stack_file_that_is_not_there_says_that_something_does_not_answer(instance: Instance) -> None:
    with pytest.raises(LauncherError, match=r"stack\.json is not there, so something does not answer; see make status$"):
        stack_content.read(instance)
