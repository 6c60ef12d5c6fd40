"""What LocalStack's CloudFormation engine (v2) does wrong, mended in place.

As it comes, a failed update ends as UPDATE_COMPLETE, keeps what it had done, forgets the resources behind the failure, and says "Failed to
delete"; an update that a provider does not know succeeds without a trace; a failed creation leaves its resources; a failed deletion ends as
DELETE_COMPLETE. Here each of them fails with the service's words and, as on AWS, is rolled back. A stack is complete only with its outputs.
What refers to a resource that was updated in place is replaced as if its name had changed. Here it is updated too, or left as it is.
"""

from functools import cache
from typing import Any

from localstack.aws.api.cloudformation import ChangeAction, StackStatus
from localstack.services.cloudformation.engine.v2.change_set_model_executor import (
    ChangeSetModelExecutor,
    PreprocProperties,
    PreprocResource,
)
from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent, ResourceProviderExecutor, convert_payload
from localstack.services.cloudformation.v2.entities import Stack

from emulator.cloudformation import gateway_responses, gateway_updates, restart
from emulator.cloudformation.declaration import Properties, provider_of
from emulator.cloudformation.types import DECLARED

_ROLLED_BACK = {
    StackStatus.ROLLBACK_COMPLETE,
    StackStatus.ROLLBACK_FAILED,
    StackStatus.UPDATE_ROLLBACK_COMPLETE,
    StackStatus.UPDATE_ROLLBACK_FAILED,
}

_load_native_provider = ResourceProviderExecutor.try_load_resource_provider
_execute_action = ResourceProviderExecutor.execute_action
_process_event = ChangeSetModelExecutor._process_event
_process = ChangeSetModelExecutor.process
_change_resource = ChangeSetModelExecutor._execute_resource_change
_set_stack_status = Stack.set_stack_status


@cache
def install() -> None:
    """Mend the engine of this process; twice is once."""
    ResourceProviderExecutor.try_load_resource_provider = staticmethod(load_provider)
    ResourceProviderExecutor.execute_action = execute_action
    ChangeSetModelExecutor.process = process
    ChangeSetModelExecutor._process_event = process_event
    ChangeSetModelExecutor._execute_resource_change = change_resource
    Stack.set_stack_status = set_stack_status


def load_provider(resource_type: str) -> Any:
    """The provider of a type: ours where we declare it, otherwise LocalStack's.

    Two plug-ins of one name are taken in the order in which the file system lists their distributions, so names alone decide nothing.
    """
    if resource_type == gateway_responses.API:
        gateway_responses.install()
    declared = DECLARED.get(resource_type)
    return provider_of(declared)() if declared else _load_native_provider(resource_type)


def execute_action(executor: Any, provider: Any, payload: Any) -> Any:
    """One step of a resource. An update that fails says why, and one that the provider does not know fails."""
    if payload["action"] not in {"Modify", "Dynamic"}:
        return _explained(_execute_action(executor, provider, payload))
    request = convert_payload(stack_name=executor.stack_name, stack_id=executor.stack_id, payload=payload)
    update = gateway_updates.update if request.resource_type in gateway_updates.UPDATES else provider.update
    try:
        return _explained(update(request))
    except NotImplementedError:
        return _failed(f"A change of {request.resource_type} is not supported here; give the resource another logical id")
    except Exception as error:  # noqa: BLE001 - whatever a provider raises is the reason of the failure
        return _failed(str(error) or type(error).__name__)


def process(executor: Any) -> None:
    """Carry out a change set; when a part of it fails, undo what was done before the failure is told."""
    stack = executor._change_set.stack
    states = dict(stack.resource_states)
    try:
        _process(executor)
    except Exception as error:
        if stack.status != StackStatus.DELETE_IN_PROGRESS:
            reason = getattr(error, "reason", None) or str(error)
            _roll_back(executor, stack, reason)
            stack.resource_states = states
        raise
    if stack.status != StackStatus.DELETE_IN_PROGRESS:
        # The provider sets them after the status: who waits for a complete stack would find none.
        stack.resolved_outputs = executor.outputs


def change_resource(executor: Any, name: str, before: Any, after: Any) -> None:
    """One resource's change. A reference to what was updated in place has the value that it had, and is no reason to replace anything."""
    if isinstance(before, PreprocResource) and isinstance(after, PreprocResource) and after.requires_replacement:
        after.requires_replacement = _must_replace(after.resource_type, before.properties.properties, after.properties.properties)
    _change_resource(executor, name, before, after)


def _must_replace(resource_type: str, before: Properties, after: Properties) -> bool:
    """Whether a property differs that can only be given at a creation."""
    create_only = (path.removeprefix("/properties/") for path in load_provider(resource_type).SCHEMA["createOnlyProperties"])
    return any(before.get(name) != after.get(name) for name in create_only)


def set_stack_status(stack: Any, status: Any, reason: Any = None) -> None:
    """A stack that was rolled back, or could not be deleted, stays so until something else is begun with it."""
    finished = not str(status).endswith("_IN_PROGRESS")
    if (stack.status in _ROLLED_BACK and finished) or (stack.status == StackStatus.DELETE_FAILED and status == StackStatus.DELETE_COMPLETE):
        return
    if status == StackStatus.REVIEW_IN_PROGRESS and stack.resolved_resources:
        return  # a change set for a stack that exists says nothing about it
    _set_stack_status(stack, status, reason)


def process_event(executor: Any, **details: Any) -> None:
    """Tell of a resource. Its failure is not yet the stack's end: whoever waits must see the rollback's end, not its beginning."""
    stack = executor._change_set.stack
    if stack.status == StackStatus.DELETE_IN_PROGRESS:
        _process_event(executor, **details)
        return
    stack.set_stack_status = _say_nothing  # the stack's own, for this one call: not even for a moment does it look finished
    try:
        _process_event(executor, **details)
    finally:
        del stack.set_stack_status


def _say_nothing(status: Any, reason: Any = None) -> None:
    """In the place of a stack's way to change its status."""


def _roll_back(executor: Any, stack: Any, reason: str) -> None:
    """Undo in reverse; whatever the change set would have removed or cleaned up stays."""
    before = dict(stack.resolved_resources)
    kind = "UPDATE_ROLLBACK" if before else "ROLLBACK"
    executor._deferred_actions.clear()
    stack.set_stack_status(StackStatus(f"{kind}_IN_PROGRESS"), reason)
    undone = [_undo(executor, name, done, before.get(name)) for name, done in reversed(list(executor.resources.items()))]
    executor.resources.clear()
    executor.resources.update(before)
    _keep_description(executor, stack, updating=bool(before))
    stack.set_stack_status(StackStatus(f"{kind}_COMPLETE" if all(undone) else f"{kind}_FAILED"))
    stack.status_reason = reason


def _keep_description(executor: Any, stack: Any, *, updating: bool) -> None:
    """The provider copies these from the change set to the stack when it ends: let it copy what is true after the rollback."""
    change_set = executor._change_set
    if updating:
        executor.outputs[:] = stack.resolved_outputs
        for name in ("template", "template_body", "processed_template", "resolved_parameters"):
            setattr(change_set, name, getattr(stack, name))
    else:
        executor.outputs.clear()
        change_set.template = change_set.processed_template = {"Resources": {}}


def _undo(executor: Any, logical_id: str, done: Any, before: Any) -> bool:
    """Bring one resource back to what it was; whether that could be done."""
    if done == before:
        return True
    identifier = done.get("PhysicalResourceId")
    resource = (logical_id, done["Type"])
    if before is not None and identifier in {None, before["PhysicalResourceId"]}:
        return _act(executor, ChangeAction.Modify, resource, (done["Properties"] or before["Properties"], before["Properties"]))
    if identifier is None or restart.release(done["Type"], identifier):
        return True
    return _act(executor, ChangeAction.Remove, resource, (done["Properties"], None))


def _act(executor: Any, action: Any, resource: tuple[str, str], properties: tuple[Any, Any]) -> bool:
    """One undoing step and its event. One that fails is told by its event, and the others go on."""
    logical_id, resource_type = resource
    before, after = (None if values is None else PreprocProperties(properties=values) for values in properties)
    event = executor._execute_resource_action(
        action=action, logical_resource_id=logical_id, resource_type=resource_type, before_properties=before, after_properties=after
    )
    executor._process_event(
        action=action, logical_resource_id=logical_id, event_status=event.status, resource_type=resource_type, reason=event.message
    )
    return bool(event.status == OperationStatus.SUCCESS)


def _explained(event: Any) -> Any:
    """The event, with the reason of a failure in its message."""
    if event.status == OperationStatus.FAILED:
        event.message = str(event.custom_context.get("exception") or event.message or "The provider gave no reason")
    return event


def _failed(reason: str) -> Any:
    return ProgressEvent(OperationStatus.FAILED, resource_model={}, message=reason)
