"""The device policy and the rules, as texts that the deployment takes as they are."""

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

IOT = Path(__file__).resolve().parents[3] / "iot"
OWN = {"${iot:Connection.Thing.Attributes[tenant]}": "clinic-a", "${iot:Connection.Thing.ThingName}": "knee-1"}


def statement(action: str) -> dict[str, Any]:
    """The policy's statement for an action."""
    document = json.loads((IOT / "policies" / "device.json").read_text())
    return next(item for item in document["Statement"] if item["Action"] == action)


def allows(action: str, resource: str) -> bool:
    """Whether the policy allows it to device knee-1 of clinic-a on stage local, by `*` alone (no resource here holds other wildcards)."""
    listed = statement(action)["Resource"]
    patterns = [listed] if isinstance(listed, str) else [_text(item) for item in listed]
    return any(fnmatchcase(f"arn:aws:iot:eu-west-1:000000000000:{resource}", _own(pattern)) for pattern in patterns)


def _text(resource: Any) -> str:
    """A resource with CloudFormation's Join and its stage resolved."""
    return (
        resource
        if isinstance(resource, str)
        else "".join("local" if part == {"Ref": "Stage"} else part for part in resource["Fn::Join"][1])
    )


def _own(pattern: str) -> str:
    for variable, value in OWN.items():
        pattern = pattern.replace(variable, value)
    return pattern


@pytest.mark.parametrize(
    "topic",
    [
        "dt/gonio/clinic-a/knee-1/telemetry",
        "dt/gonio/clinic-a/knee-1/event",
        "$aws/rules/gonio_local_telemetry/dt/gonio/clinic-a/knee-1/telemetry",
        "$aws/rules/gonio_local_event/dt/gonio/clinic-a/knee-1/event",
        "$aws/things/knee-1/shadow/update",
    ],
)
def test_a_device_publishes_under_its_own_name(topic: str) -> None:
    assert allows("iot:Publish", f"topic/{topic}")


@pytest.mark.parametrize(
    "topic",
    [
        "dt/gonio/clinic-b/knee-1/telemetry",
        "dt/gonio/clinic-a/knee-2/telemetry",
        "dt/gonio/clinic-a/knee-1/other",
        "dt/gonio/clinic-a/knee-1/telemetry/more",
        "cmd/gonio/clinic-a/knee-1/settings",
        "$aws/rules/gonio_other_telemetry/dt/gonio/clinic-a/knee-1/telemetry",
        "$aws/rules/gonio_local_telemetry/dt/gonio/clinic-b/knee-9/x_telemetry/dt/gonio/clinic-a/knee-1/telemetry",
        "$aws/things/knee-2/shadow/update",
        "$aws/events/presence/connected/knee-1",
    ],
)
def test_a_device_publishes_nothing_else(topic: str) -> None:
    assert not allows("iot:Publish", f"topic/{topic}")


def test_a_device_hears_its_own_commands_only() -> None:
    assert allows("iot:Subscribe", "topicfilter/cmd/gonio/clinic-a/knee-1/#")
    assert allows("iot:Receive", "topic/cmd/gonio/clinic-a/knee-1/settings")
    for other in ("cmd/gonio/clinic-a/knee-2/#", "cmd/gonio/+/knee-1/#", "cmd/#", "#", "dt/gonio/clinic-a/knee-1/telemetry"):
        assert not allows("iot:Subscribe", f"topicfilter/{other}")


def test_a_certificate_connects_as_the_thing_that_it_is_attached_to() -> None:
    assert statement("iot:Connect")["Condition"] == {"Bool": {"iot:Connection.Thing.IsAttached": ["true"]}}
    assert allows("iot:Connect", "client/knee-1")
    assert not allows("iot:Connect", "client/knee-2")


@pytest.mark.parametrize("kind", ["telemetry", "event"])
def test_a_rule_takes_its_topic_and_adds_who_sent_it_and_when(kind: str) -> None:
    selection, source = " ".join((IOT / "rules" / f"{kind}.sql").read_text().split()).split(" FROM ")
    assert selection == "SELECT *, topic(3) AS tenant_id, topic(4) AS device_id, topic() AS topic, timestamp() AS received_at"
    assert source == f"'dt/gonio/+/+/{kind}'"
