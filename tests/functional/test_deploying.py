"""Deploying: a stack created, found unchanged, refused with its reason; stages and what stands beside them."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from infra.cloudformation import DeploymentError, Stack, apply, outputs
from infra.external import external_database, external_search
from infra.stage import read_stage
from infra.template import Template
from tests.fakes.cloudformation import FakeCloudFormation

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

TEMPLATE: Template = {
    "Parameters": {"Name": {"Type": "String"}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}},
    "Outputs": {"QueueName": {"Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}},
}


def _stack(values: dict[str, str] | None = None) -> Stack:
    return Stack("first", TEMPLATE, values or {"Name": "letters"})


def test_a_stack_is_created_with_the_values_that_it_declares_and_its_outputs_come_back() -> None:
    client: Any = FakeCloudFormation(outputs_after=2)
    said: list[str] = []
    assert apply(client, _stack({"Name": "letters", "Unrelated": "x"}), said.append) == {"QueueName": "letters"}
    assert client.kinds == ["CREATE"]
    assert client.parameters == {"Name": "letters"}
    assert said == ["first: Queue created"]


def test_a_stack_that_is_as_it_should_be_is_left_alone() -> None:
    client: Any = FakeCloudFormation()
    apply(client, _stack(), print)
    client.refusal = "The submitted information didn't contain changes."
    said: list[str] = []
    assert apply(client, _stack(), said.append) == {"QueueName": "letters"}
    assert client.kinds == ["CREATE", "UPDATE"]
    assert said == ["first: nothing to change"]


def test_a_failed_resource_fails_the_deployment_though_the_stack_says_complete() -> None:
    client: Any = FakeCloudFormation(events=[("Queue", "UPDATE_FAILED"), ("Queue", "ROLLBACK_COMPLETE")])
    with pytest.raises(DeploymentError, match="UPDATE_FAILED: a reason"):
        apply(client, _stack(), print)


def test_a_refused_template_is_said_with_its_reason() -> None:
    client: Any = FakeCloudFormation(refusal="AWS::Nosuch::Thing is not supported")
    with pytest.raises(DeploymentError, match="the template was refused: AWS::Nosuch::Thing"):
        apply(client, _stack(), print)


def test_an_unknown_stack_has_no_outputs() -> None:
    client: Any = FakeCloudFormation()
    assert outputs(client, "nobody") == {}


def test_an_unknown_stage_is_named_with_those_that_exist() -> None:
    with pytest.raises(DeploymentError, match="'moon' is unknown; infra/stages/ has local, production"):
        read_stage("moon", {})


def test_the_production_stage_goes_to_aws_and_a_local_one_never_does() -> None:
    assert read_stage("production", {}).endpoint_url is None
    assert read_stage("local", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}).endpoint_url == "http://127.0.0.1:1"


@pytest.fixture
def secrets() -> "Iterator[SecretsManagerClient]":
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")


def test_an_external_database_names_what_is_not_set(secrets: "SecretsManagerClient") -> None:
    with pytest.raises(DeploymentError, match=r"external, and GONIO_DATABASE_PORT, .*GONIO_DATABASE_OWNER_PASSWORD is not set"):
        external_database("local", secrets, {"GONIO_DATABASE_HOST": "127.0.0.1"})


def test_an_external_database_that_was_deployed_is_known_by_its_owner_s_secret(secrets: "SecretsManagerClient") -> None:
    known = {"host": "127.0.0.1", "port": 3306, "username": "gonio", "password": "old", "dbname": "gonio"}
    secrets.create_secret(Name="gonio-local-owner", SecretString=json.dumps(known))
    assert external_database("local", secrets, {"GONIO_DATABASE_OWNER_PASSWORD": "new"}) == {
        "DatabaseHost": "127.0.0.1",
        "DatabasePort": "3306",
        "DatabaseName": "gonio",
        "OwnerUsername": "gonio",
        "OwnerPassword": "new",
    }


def test_the_read_model_is_where_the_environment_says() -> None:
    assert external_search({"GONIO_SEARCH_ENDPOINT": "http://127.0.0.1:9200"}) == "http://127.0.0.1:9200"
