"""Updates of an API and of its stages, which LocalStack's providers do not know: the API keeps its id, and so its address.

A new definition replaces the old one whole, responses included, and is served once a stage is brought to a deployment made of it. Each
update brings what exists to the properties given, whatever it was before, so that undoing a failed one is the same update with the
properties of before. A property that is not handled fails the change by its name, before anything is changed.
Source: API Gateway API reference, PutRestApi, UpdateRestApi, UpdateStage.
"""

import copy
import json
from collections.abc import Callable, Set
from typing import Any

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent, ResourceRequest
from localstack.utils.objects import keys_to_lower

from emulator.cloudformation.declaration import Client, Properties
from emulator.cloudformation.gateway_responses import API

STAGE = "AWS::ApiGateway::Stage"
_MEDIA_TYPES = "x-amazon-apigateway-binary-media-types"
_DEFINITION = {"Body", "FailOnWarnings", "Mode", "Parameters"}
_API_SETTINGS = {"Name": "/name", "Description": "/description", "MinimumCompressionSize": "/minimumCompressionSize"}
_API_READ_ONLY = {"RestApiId", "RootResourceId"}


def update_api(client: Client, wanted: Properties, before: Properties) -> Properties:
    """Put the definition, then the settings that are not part of it. Answers the properties with the ids."""
    wanted = {"Name": before["Name"]} | wanted | {"RestApiId": before["RestApiId"]}
    _refuse_other_changes(API, wanted, before, _DEFINITION | _API_SETTINGS.keys() | _API_READ_ONLY)
    api_id = wanted["RestApiId"]
    if "Body" in wanted:
        _put_definition(client, api_id, wanted)
    settings = [name for name in _API_SETTINGS if name in wanted or name in before]
    operations = [_replace(_API_SETTINGS[name], wanted.get(name, "")) for name in settings]
    api = client.update_rest_api(restApiId=api_id, patchOperations=operations)
    return wanted | {"RootResourceId": api["rootResourceId"]}


def update_stage(client: Client, wanted: Properties, before: Properties) -> Properties:
    """Bring the stage to its deployment and settings. Answers the properties with the stage's name."""
    wanted = {"StageName": before["StageName"]} | wanted
    _refuse_other_changes(STAGE, wanted, before, {"DeploymentId", "Description", "TracingEnabled", "Variables"})
    stage = {"restApiId": wanted["RestApiId"], "stageName": wanted["StageName"]}
    variables = wanted.get("Variables", {})
    gone = client.get_stage(**stage).get("variables", {}).keys() - variables.keys()
    operations = [
        _replace("/deploymentId", wanted["DeploymentId"]),
        _replace("/description", wanted.get("Description", "")),
        _replace("/tracingEnabled", str(wanted.get("TracingEnabled", False)).lower()),
        *(_replace(f"/variables/{name}", value) for name, value in variables.items()),
        *({"op": "remove", "path": f"/variables/{name}"} for name in sorted(gone)),
    ]
    client.update_stage(**stage, patchOperations=operations)
    return wanted


UPDATES: dict[str, Callable[[Client, Properties, Properties], Properties]] = {API: update_api, STAGE: update_stage}
"""The update of each type that has one here: a client of API Gateway's, the properties wanted, and those of before."""


def update(request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
    """One update as the engine asks for it. Raises what the service answers, and ValueError for a property that is not handled."""
    wanted, before = copy.deepcopy(request.desired_state or {}), request.previous_state or {}
    model = UPDATES[request.resource_type](request.aws_client_factory.apigateway, wanted, before)
    return ProgressEvent(OperationStatus.SUCCESS, resource_model=model)


def _put_definition(client: Client, api_id: str, wanted: Properties) -> None:
    """Replace what is there. Media types of the properties are no part of the definition, and would be lost with the old one."""
    body = wanted["Body"]
    if declared := wanted.get("BinaryMediaTypes"):
        body = body | {_MEDIA_TYPES: [*body.get(_MEDIA_TYPES, []), *declared]}
    client.put_rest_api(
        restApiId=api_id,
        mode=wanted.get("Mode", "overwrite"),
        failOnWarnings=wanted.get("FailOnWarnings", False),
        parameters={"basepath": "ignore"} | wanted.get("Parameters", {}),
        body=json.dumps(body).encode(),
    )


def _refuse_other_changes(resource_type: str, wanted: Properties, before: Properties, handled: Set[str]) -> None:
    changed = {name for name in wanted.keys() | before.keys() if _spelled(wanted.get(name)) != _spelled(before.get(name))}
    if unknown := changed - handled:
        raise ValueError(f"A change of {', '.join(sorted(unknown))} of {resource_type} is not supported here")


def _spelled(value: Any) -> Any:
    """The value in the API's spelling, which LocalStack's creation leaves in some of the stack's properties."""
    return keys_to_lower(copy.deepcopy(value)) if isinstance(value, dict | list) else value


def _replace(path: str, value: Any) -> dict[str, str]:
    return {"op": "replace", "path": path, "value": str(value)}
