"""An API that changes while it is up: one id, the new definition alone, and the old one again when the change fails."""

import uuid
from typing import Any

import pytest

from emulator.cloudformation.gateway_responses import EXTENSION
from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Outcome, Stacks
from tests.emulator.cloudformation.test_gateway_responses import OURS, answer, api_body
from tests.emulator.cloudformation.test_iot_types import rule

INVALID_RULE = rule("a/#/b") | {"DependsOn": "Stage"}


@pytest.fixture
def name() -> str:
    """A stack's name that no other test uses."""
    return f"u{uuid.uuid4().hex[:10]}"


def resources(version: str, *, api: dict[str, Any] | None = None, stage: dict[str, Any] | None = None) -> dict[str, Any]:
    """An API with the route and the error code of its version. As SAM names them, another definition has another deployment."""
    responses = {"MISSING_AUTHENTICATION_TOKEN": {"statusCode": 404, "responseTemplates": {"application/json": OURS % f"not_in_{version}"}}}
    body = api_body(version) | {EXTENSION: responses}
    deployment = f"Deployment{version}"
    regional = {"EndpointConfiguration": {"Types": ["REGIONAL"]}, "Parameters": {"endpointConfigurationTypes": "REGIONAL"}}
    tags = {"Tags": [{"Key": "of", "Value": "the tests"}]}
    return {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body, **regional, **tags, **(api or {})}},
        deployment: {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "Stage"}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Api"}, "DeploymentId": {"Ref": deployment}, "StageName": "s", **tags, **(stage or {})},
        },
    }


def deploy(stacks: Stacks, name: str, wanted: dict[str, Any]) -> Outcome:
    """Deploy; the outputs are the ids of the API and of its root."""
    return stacks.deploy(name, wanted, outputs={"Api": {"Ref": "Api"}, "Root": {"Fn::GetAtt": ["Api", "RootResourceId"]}})


def codes(process: LocalProcess, api: str) -> tuple[str | int, str | int]:
    """What the routes of both versions answer: the status, or the code of the error."""
    answers = [answer(process, api, version)[:2] for version in ("one", "two")]
    return tuple(body["error"]["code"] if status == 404 else status for status, body in answers)  # type: ignore[return-value]


def test_a_new_definition_replaces_the_old_one_under_the_same_id(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    first = deploy(stacks, name, resources("one"))
    api = first.outputs["Api"]
    assert codes(local_process, api) == (200, "not_in_one")

    changed = deploy(stacks, name, resources("two"))
    assert (changed.status, changed.failures, changed.outputs["Api"]) == ("UPDATE_COMPLETE", {}, api)
    assert codes(local_process, api) == ("not_in_two", 200)

    client = local_process.client("apigateway")
    there = {item["path"]: item["id"] for item in client.get_resources(restApiId=api)["items"]}
    assert set(there) == {"/", "/two"}
    assert there["/"] == changed.outputs["Root"]
    assert len(client.get_deployments(restApiId=api)["items"]) == 1
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert api not in {item["id"] for item in client.get_rest_apis()["items"]}


def test_a_failed_change_leaves_the_old_definition(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    api = deploy(stacks, name, resources("one", stage={"Variables": {"kept": "1"}})).outputs["Api"]
    broken = resources("two", stage={"Variables": {"other": "2"}, "Description": "broken"}) | {"Rule": INVALID_RULE}
    failed = deploy(stacks, name, broken)
    assert (failed.status, set(failed.failures)) == ("UPDATE_ROLLBACK_COMPLETE", {"Rule"})
    assert codes(local_process, api) == (200, "not_in_one")

    client = local_process.client("apigateway")
    assert [item["path"] for item in client.get_resources(restApiId=api)["items"]] == ["/", "/one"]
    stage = client.get_stage(restApiId=api, stageName="s")
    assert (stage["variables"], stage.get("description", "")) == ({"kept": "1"}, "")
    assert deploy(stacks, name, resources("two")).status == "UPDATE_COMPLETE"
    assert codes(local_process, api) == ("not_in_two", 200)


def test_settings_of_an_api_and_its_stage_change(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    client = local_process.client("apigateway")
    media = {"BinaryMediaTypes": ["image/png"]}
    api_before = {"Name": f"{name}-one", "Description": "one", "MinimumCompressionSize": 10}
    stage_before = {"Description": "one", "TracingEnabled": True, "Variables": {"gone": "1", "kept": "1"}}
    api = deploy(stacks, name, resources("one", api=media | api_before, stage=stage_before)).outputs["Api"]

    after = resources("one", api=media | {"Name": f"{name}-two"}, stage={"Variables": {"kept": "2", "new": "3"}})
    assert deploy(stacks, name, after).failures == {}
    told = client.get_rest_api(restApiId=api)
    assert (told["name"], told.get("description", ""), told.get("minimumCompressionSize")) == (f"{name}-two", "", None)
    assert told["binaryMediaTypes"] == ["image/png"]
    stage = client.get_stage(restApiId=api, stageName="s")
    assert stage["variables"] == {"kept": "2", "new": "3"}
    assert (stage.get("description", ""), stage["tracingEnabled"]) == ("", False)


@pytest.mark.parametrize(
    ("resource", "change"),
    [("Api", {"api": {"ApiKeySourceType": "AUTHORIZER"}}), ("Stage", {"stage": {"CacheClusterEnabled": True}})],
    ids=["API", "stage"],
)
def test_a_change_that_is_not_handled_fails_by_its_name(
    stacks: Stacks, local_process: LocalProcess, name: str, resource: str, change: dict[str, Any]
) -> None:
    api = deploy(stacks, name, resources("one")).outputs["Api"]
    failed = deploy(stacks, name, resources("two", **change))
    assert failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert f"A change of {next(iter(next(iter(change.values()))))} " in failed.failures[resource]
    assert codes(local_process, api) == (200, "not_in_one")
