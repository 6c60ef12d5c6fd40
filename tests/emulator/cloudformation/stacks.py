"""Deploying templates in tests."""

import json
import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

DEADLINE_S = 90.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a deployment ended, and its failures by resource."""

    status: str
    reason: str
    outputs: dict[str, str]
    failures: dict[str, str]


class Stacks:
    """CloudFormation as a deployment tool uses it: change sets, executed and awaited."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def deploy(self, name: str, resources: dict[str, Any], *, outputs: dict[str, Any] | None = None, **sections: Any) -> Outcome:
        """Create the stack, or update it when it is there. `sections` are the template's others."""
        template = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()}, **sections}
        exists = self.status(name) is not None
        change_set = self.client.create_change_set(
            StackName=name,
            ChangeSetName="change",
            ChangeSetType="UPDATE" if exists else "CREATE",
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )["Id"]
        described = self.client.describe_change_set(ChangeSetName=change_set)
        if described["Status"] == "FAILED":
            return Outcome("REFUSED", described["StatusReason"], {}, {})
        before = {event["EventId"] for event in self._events(name)}
        self.client.execute_change_set(ChangeSetName=change_set)
        return self._await(name, before)

    def update_directly(self, name: str, resources: dict[str, Any]) -> Outcome:
        """UpdateStack, without a change set."""
        before = {event["EventId"] for event in self._events(name)}
        self.client.update_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
        return self._await(name, before)

    def delete(self, name: str) -> Outcome:
        """Delete the stack."""
        stack_id = self.client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        before = {event["EventId"] for event in self._events(name)}
        self.client.delete_stack(StackName=name)
        return self._await(stack_id, before)

    def status(self, name: str) -> str | None:
        """The stack's status, or nothing when there is none."""
        try:
            return str(self.client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        except ClientError:
            return None

    def _await(self, name: str, before: set[str]) -> Outcome:
        deadline = time.monotonic() + DEADLINE_S
        while True:
            stack = self.client.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                break
            assert time.monotonic() < deadline, stack
        events = [event for event in self._events(name) if event["EventId"] not in before]
        failed = (event for event in events if event["ResourceStatus"].endswith("_FAILED"))
        return Outcome(
            stack["StackStatus"],
            stack.get("StackStatusReason", ""),
            {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            {event["LogicalResourceId"]: event.get("ResourceStatusReason", "") for event in failed},
        )

    def _events(self, name: str) -> list[Any]:
        try:
            return list(self.client.describe_stack_events(StackName=name)["StackEvents"])
        except ClientError:
            return []
