"""What an API answers by itself: status, body and headers as its definition says them."""

import json
import urllib.error
import urllib.request
import uuid
from typing import Any

import pytest

from emulator.cloudformation.gateway_responses import EXTENSION, rendered
from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Stacks

OURS = '{"error": {"code": "%s", "message": $context.error.messageString, "id": "$context.requestId"}}'


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"g{uuid.uuid4().hex[:10]}"


def api_body(path: str) -> dict[str, Any]:
    """The definition of an API with one route, which answers 200."""
    integration = {
        "type": "MOCK",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    }
    route = {"get": {"responses": {"200": {}}, "x-amazon-apigateway-integration": integration}}
    return {"swagger": "2.0", "info": {"title": "api", "version": "1"}, "paths": {f"/{path}": route}}


def resources(responses: dict[str, Any]) -> dict[str, Any]:
    """An API with one route, deployed to the stage `s`."""
    body = api_body("known") | {EXTENSION: responses}
    return {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api", "Body": body}},
        "Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Api"}, "DeploymentId": {"Ref": "Deployment"}, "StageName": "s"},
        },
    }


def answer(process: LocalProcess, api: str, path: str) -> tuple[int, Any, Any]:
    """Status, JSON body and headers of a GET."""
    address = process.client("apigateway").meta.endpoint_url.removeprefix("http://")
    try:
        with urllib.request.urlopen(f"http://{address}/_aws/execute-api/{api}/s/{path}", timeout=30) as response:
            return response.status, json.loads(response.read() or b"null"), response.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), error.headers


def test_an_unknown_route_is_answered_as_the_definition_says(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    responses = {
        "MISSING_AUTHENTICATION_TOKEN": {
            "statusCode": 404,
            "responseTemplates": {"application/json": OURS % "not_found"},
            "responseParameters": {"gatewayresponse.header.Cache-Control": "'no-store'", "gatewayresponse.header.Stage": "context.stage"},
        }
    }
    outcome = stacks.deploy(name, resources(responses), outputs={"Api": {"Ref": "Api"}})
    assert outcome.status == "CREATE_COMPLETE", outcome

    status, body, headers = answer(local_process, outcome.outputs["Api"], "unknown")
    assert (status, body["error"]["code"], body["error"]["message"]) == (404, "not_found", "Missing Authentication Token")
    assert uuid.UUID(body["error"]["id"])
    assert (headers["Cache-Control"], headers["Stage"]) == ("no-store", "s")
    assert answer(local_process, outcome.outputs["Api"], "known")[0] == 200


def test_the_class_s_response_answers_for_a_type_without_one(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    responses = {"DEFAULT_4XX": {"responseTemplates": {"application/json": OURS % "refused"}}}
    api = stacks.deploy(name, resources(responses), outputs={"Api": {"Ref": "Api"}}).outputs["Api"]
    status, body, _ = answer(local_process, api, "unknown")
    assert (status, body["error"]["code"]) == (403, "refused")


def test_without_a_response_the_answer_is_api_gateway_s_own(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    api = stacks.deploy(name, resources({}), outputs={"Api": {"Ref": "Api"}}).outputs["Api"]
    assert answer(local_process, api, "unknown")[:2] == (403, {"message": "Missing Authentication Token"})


def test_variables_are_put_in_and_nothing_else_is_evaluated() -> None:
    variables = {"requestId": "r-1", "error": {"message": 'say "no"', "messageString": 'say "no"'}}
    assert rendered("$context.requestId $context.error.messageString", variables) == r'r-1 "say \"no\""'
    assert rendered("#if(true)$context.unknown.name$other", variables) == "#if(true)$other"
