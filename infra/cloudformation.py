"""One CloudFormation stack, brought to what its template says through a change set, with its events as progress.

A stack's final status is not believed alone: an emulated update can fail and still end as UPDATE_COMPLETE, so every event of
this change is read, and one that failed fails the deployment with its reason.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, WaiterError

from infra.template import Template, parameters_of

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import CapabilityType, ChangeSetTypeType
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

_CAPABILITIES: "tuple[CapabilityType, ...]" = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
_NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")
_POLL_SECONDS = 0.3

type Say = Callable[[str], None]


class DeploymentError(Exception):
    """A stack could not be brought to its template; the message names stack, resource and reason."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack's name, its template and the values that its parameters may take."""

    name: str
    template: Template
    values: Mapping[str, str]


def apply(client: "CloudFormationClient", stack: Stack, say: Say, timeout_s: float = 3600) -> dict[str, str]:
    """Create or update a stack and return its outputs. Raises DeploymentError with the first failed resource's reason."""
    present = _describe(client, stack.name)
    if present and present["StackStatus"] in ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED"):
        _delete(client, stack.name)
        present = None
    seen = {event["EventId"] for event in _events(client, stack.name)} if present else set[str]()
    change_set = _change_set(client, stack, "UPDATE" if present else "CREATE")
    if change_set is None:
        say(f"{stack.name}: nothing to change")
    else:
        client.execute_change_set(ChangeSetName=change_set, StackName=stack.name)
        _follow(client, stack.name, (seen, say), time.monotonic() + timeout_s)
    return _declared_outputs(client, stack)


def outputs(client: "CloudFormationClient", name: str) -> dict[str, str]:
    """A stack's outputs by key; empty for a stack that does not exist."""
    present = _describe(client, name)
    return {o["OutputKey"]: o["OutputValue"] for o in present.get("Outputs", [])} if present else {}


def _declared_outputs(client: "CloudFormationClient", stack: Stack, within_s: float = 10) -> dict[str, str]:
    """All outputs that the template declares; an emulated stack may show its status a moment before them."""
    deadline = time.monotonic() + within_s
    wanted = {key for key, output in stack.template.get("Outputs", {}).items() if "Condition" not in output}
    while wanted - (found := outputs(client, stack.name)).keys():
        if time.monotonic() > deadline:
            raise DeploymentError(f"{stack.name}: the outputs {', '.join(sorted(wanted - found.keys()))} are missing")
        time.sleep(_POLL_SECONDS)
    return found


def _describe(client: "CloudFormationClient", name: str) -> "StackTypeDef | None":
    try:
        return client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _delete(client: "CloudFormationClient", name: str) -> None:
    client.delete_stack(StackName=name)
    try:
        client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    except WaiterError as error:
        raise DeploymentError(f"{name}: an earlier, failed creation could not be removed: {error}") from error


def _change_set(client: "CloudFormationClient", stack: Stack, kind: "ChangeSetTypeType") -> str | None:
    """The ARN of a change set that is ready, or None when there is nothing to change."""
    values = parameters_of(stack.template, stack.values)
    name = client.create_change_set(
        StackName=stack.name,
        ChangeSetName=f"deploy-{time.time_ns()}",
        ChangeSetType=kind,
        TemplateBody=json.dumps(stack.template, separators=(",", ":")),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in sorted(values.items())],
        Capabilities=list(_CAPABILITIES),
    )["Id"]
    while True:
        answer = client.describe_change_set(ChangeSetName=name, StackName=stack.name)
        if answer["Status"] == "CREATE_COMPLETE":
            return name if answer.get("Changes") else None
        if answer["Status"] in ("FAILED", "DELETE_FAILED"):
            reason = answer.get("StatusReason", "no reason given")
            if any(text in reason for text in _NOTHING_TO_DO):
                return None
            raise DeploymentError(f"{stack.name}: the template was refused: {reason}")
        time.sleep(_POLL_SECONDS)


def _follow(client: "CloudFormationClient", name: str, progress: tuple[set[str], Say], deadline: float) -> None:
    """Report events until the stack rests. Raises DeploymentError for a failure among them, or when the time is up."""
    seen, say = progress
    failures: list[str] = []
    while time.monotonic() < deadline:
        status = (_describe(client, name) or {"StackStatus": "DELETE_COMPLETE"})["StackStatus"]
        for event in reversed(_events(client, name)):
            if event["EventId"] in seen:
                continue
            seen.add(event["EventId"])
            _report(event, say, failures)
        if not status.endswith("_IN_PROGRESS"):
            if failures or status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
                raise DeploymentError(f"{name}: {failures[0] if failures else f'the stack ended as {status}'}")
            return
        time.sleep(_POLL_SECONDS)
    raise DeploymentError(f"{name}: still not complete when the time was up; look at its events in CloudFormation")


def _report(event: "StackEventTypeDef", say: Say, failures: list[str]) -> None:
    status, resource = event.get("ResourceStatus", ""), event.get("LogicalResourceId", "?")
    if status.endswith("_FAILED"):
        failures.append(f"{resource} ({event.get('ResourceType', '?')}) {status}: {event.get('ResourceStatusReason', 'no reason given')}")
    if status.endswith("_COMPLETE") and resource != event["StackName"]:
        say(f"{event['StackName']}: {resource} {status.split('_')[0].lower()}d")


def _events(client: "CloudFormationClient", name: str) -> "list[StackEventTypeDef]":
    return client.describe_stack_events(StackName=name).get("StackEvents", [])
