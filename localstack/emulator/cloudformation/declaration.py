"""A CloudFormation type as a short declaration, and the one provider that serves them all.

A declaration says how a type's properties become calls of its service; `DeclaredProvider` does what is the same for each: default names,
Ref and GetAtt, read-only values carried through updates, deletion of what is already gone, and adoption of what outlived a restart.
"""

import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, override

from botocore.exceptions import ClientError
from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent, ResourceProvider, ResourceRequest

from emulator.cloudformation.restart import adopt, release

type Properties = dict[str, Any]
"""A resource's properties, in CloudFormation's spelling."""
type Client = Any
"""A boto3 client of the type's service, made by LocalStack for the stack's account and region."""


@dataclass(frozen=True, slots=True, eq=False)
class ResourceType:
    """What a type is. Every function may raise ClientError, which fails the resource with the service's own words."""

    name: str
    client: str
    """boto3's name of the service."""
    identifier: str
    """The property that names the resource; it is given a default."""
    create: Callable[[Client, Properties], None]
    read: Callable[[Client, Properties], Properties]
    """What GetAtt answers beyond the properties."""
    update: Callable[[Client, Properties, Properties], None]
    """Bring what exists to the properties given (second argument). The third is what the stack knows of before, empty at an adoption."""
    delete: Callable[[Client, Properties], None]
    reference: str | None = None
    """What Ref answers, where it is not the name."""
    create_only: tuple[str, ...] = ()
    """Properties besides the identifier whose change replaces the resource."""
    created_at: Callable[[Client, Properties], datetime] | None = None
    """When an existing one was made. Declared where the service outlives a restart of LocalStack, which the stacks do not."""
    settled: Callable[[Client, Properties], bool] = lambda _client, _properties: True
    """Whether a creation or an update has taken effect."""
    gone: Callable[[Client, Properties], bool] = lambda _client, _properties: True
    """Whether a deletion has taken effect."""
    name_separator: str = "-"
    """What joins the parts of a default name."""
    lower_case: bool = False
    """Whether names know no capitals."""


class DeclaredProvider(ResourceProvider[Properties]):  # type: ignore[misc]
    """LocalStack's provider contract, served from a declaration."""

    DECLARATION: ResourceType

    @override
    def create(self, request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
        declared, model = self.DECLARATION, _model(request)
        client = _client(declared, request)
        if not request.custom_context.get("begun"):
            model.setdefault(declared.identifier, default_name(declared, request.stack_name, request.logical_resource_id))
            _create_or_adopt(declared, client, model)
        return _progress(declared, client, model)

    @override
    def update(self, request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
        declared, model = self.DECLARATION, _model(request)
        client = _client(declared, request)
        if not request.custom_context.get("begun"):
            before: Properties = request.previous_state or {}
            model[declared.identifier] = before[declared.identifier]
            declared.update(client, model, before)
        return _progress(declared, client, model)

    @override
    def delete(self, request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
        declared, model = self.DECLARATION, _model(request)
        client = _client(declared, request)
        if not request.custom_context.get("begun"):
            try:
                declared.delete(client, model)
            except ClientError as error:
                if not _says(error, "NotFound"):
                    raise
        if declared.gone(client, model):
            release(declared.name, model[declared.identifier])
            return ProgressEvent(OperationStatus.SUCCESS, resource_model={})
        return ProgressEvent(OperationStatus.IN_PROGRESS, resource_model=model, custom_context={"begun": True})


@cache
def provider_of(declared: ResourceType) -> type[DeclaredProvider]:
    """The provider class of a declaration, with the schema that the engine reads replacement rules and Ref from."""
    schema = {
        "typeName": declared.name,
        "primaryIdentifier": [f"/properties/{declared.reference or declared.identifier}"],
        "createOnlyProperties": [f"/properties/{name}" for name in (declared.identifier, *declared.create_only)],
    }
    return type("Provider", (DeclaredProvider,), {"TYPE": declared.name, "SCHEMA": schema, "DECLARATION": declared})


def default_name(declared: ResourceType, stack_name: str, logical_id: str) -> str:
    """A name for a resource that was given none: the same for the same stack and resource, at most 63 characters.

    AWS ends such names at random. Here a stack is made anew after every restart, and must find its durable resources under their names.
    """
    digest = hashlib.sha256(f"{stack_name}/{logical_id}".encode()).hexdigest()[:12].upper()
    name = f"{stack_name[:24]}-{logical_id[:24]}-{digest}".replace("-", declared.name_separator)
    return name.lower() if declared.lower_case else name


def _create_or_adopt(declared: ResourceType, client: Client, model: Properties) -> None:
    if not _taken_over(declared, client, model):
        declared.create(client, model)
        return
    try:
        _create_unless_there(declared, client, model)
        declared.update(client, model, {})
    except Exception:
        release(declared.name, model[declared.identifier])
        raise


def _taken_over(declared: ResourceType, client: Client, model: Properties) -> bool:
    """Whether the resource is there since before the restart, and is this stack's from now on."""
    if declared.created_at is None:
        return False
    try:
        created_at = declared.created_at(client, model)
    except ClientError:
        return False  # not there: AWS has several codes for that, and what else is wrong shows in the creation
    return adopt(declared.name, model[declared.identifier], created_at)


def _create_unless_there(declared: ResourceType, client: Client, model: Properties) -> None:
    """The stream provider takes a creation of what it brought back for its adoption; the registry, like AWS, for a conflict."""
    try:
        declared.create(client, model)
    except ClientError as error:
        if not _says(error, "AlreadyExists", "ResourceInUse"):
            raise


def _progress(declared: ResourceType, client: Client, model: Properties) -> ProgressEvent[Properties]:
    if not declared.settled(client, model):
        return ProgressEvent(OperationStatus.IN_PROGRESS, resource_model=model, custom_context={"begun": True})
    return ProgressEvent(OperationStatus.SUCCESS, resource_model=model | declared.read(client, model))


def _model(request: ResourceRequest[Properties]) -> Properties:
    return copy.deepcopy(request.desired_state or {})


def _client(declared: ResourceType, request: ResourceRequest[Properties]) -> Client:
    return getattr(request.aws_client_factory, declared.client.replace("-", "_"))


def _says(error: ClientError, *words: str) -> bool:
    code = error.response["Error"]["Code"]
    return any(word in code for word in words)
