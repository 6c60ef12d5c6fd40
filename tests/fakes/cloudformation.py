"""CloudFormation as `infra.cloudformation` meets it: change sets, events, and outputs that may come late."""

from typing import Any

from botocore.exceptions import ClientError


class FakeCloudFormation:
    """One stack. `events` are what the next execution reports; `outputs_after` is how many looks the outputs take to appear."""

    def __init__(self, events: list[tuple[str, str]] | None = None, outputs_after: int = 0, refusal: str = "") -> None:
        self.events = events or [("Queue", "CREATE_COMPLETE")]
        self.outputs_after = outputs_after
        self.refusal = refusal
        self.parameters: dict[str, str] = {}
        self.kinds: list[str] = []
        self._status: str | None = None
        self._reported: list[dict[str, Any]] = []

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        if self._status is None:
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}}, "DescribeStacks"
            )
        stack: dict[str, Any] = {"StackName": StackName, "StackStatus": self._status}
        if self.outputs_after <= 0:
            stack["Outputs"] = [{"OutputKey": "QueueName", "OutputValue": "letters"}]
        self.outputs_after -= 1
        return {"Stacks": [stack]}

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:
        return {"StackEvents": list(reversed(self._reported))}

    def create_change_set(self, **request: Any) -> dict[str, str]:
        self.kinds.append(request["ChangeSetType"])
        self.parameters = {p["ParameterKey"]: p["ParameterValue"] for p in request["Parameters"]}
        return {"Id": "change-set"}

    def describe_change_set(self, **_: Any) -> dict[str, Any]:
        if self.refusal:
            return {"Status": "FAILED", "StatusReason": self.refusal}
        return {"Status": "CREATE_COMPLETE", "Changes": [{"Type": "Resource"}]}

    def execute_change_set(self, StackName: str, **_: Any) -> None:
        self._status = "CREATE_COMPLETE"
        for number, (resource, status) in enumerate(self.events):
            event = {"EventId": str(number), "StackName": StackName, "LogicalResourceId": resource, "ResourceType": "AWS::SQS::Queue"}
            self._reported.append({**event, "ResourceStatus": status, "ResourceStatusReason": "a reason" if "FAILED" in status else ""})
