"""Deployments that fail: with the reason, and with everything as it was before."""

import uuid
from typing import Any

import pytest

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Stacks
from tests.emulator.cloudformation.test_iot_types import policy, rule


@pytest.fixture
def name() -> str:
    """A stack's name that no other test uses."""
    return f"f{uuid.uuid4().hex[:10]}"


@pytest.fixture
def iot(local_process: LocalProcess) -> Any:
    """The control plane that the stacks change."""
    return local_process.client("iot")


def topic(name: str) -> dict[str, Any]:
    """AWS::SNS::Topic."""
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}


def after(resource: dict[str, Any], *others: str) -> dict[str, Any]:
    """The resource, made after others."""
    return resource | {"DependsOn": list(others)}


def test_an_unknown_type_is_refused_by_name_before_anything_is_made(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    outcome = stacks.deploy(name, {"T": topic(name), "Unknown": {"Type": "AWS::Nosuch::Thing"}})
    assert outcome.status == "REFUSED"
    assert "AWS::Nosuch::Thing" in outcome.reason
    topics = local_process.client("sns").list_topics()["Topics"]
    assert not [item for item in topics if item["TopicArn"].endswith(name)]


def test_a_failed_creation_is_rolled_back(stacks: Stacks, iot: Any, name: str) -> None:
    outcome = stacks.deploy(name, {"P": policy(name, "c"), "R": after(rule("a", RuleName="not-a-rule-name"), "P")})
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert "at 'ruleName'" in outcome.failures["R"]
    assert name not in {item["policyName"] for item in iot.list_policies()["policies"]}
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert stacks.deploy(name, {"P": policy(name, "c")}).status == "CREATE_COMPLETE"


@pytest.mark.parametrize("direct", [False, True], ids=["change set", "UpdateStack"])
def test_a_failed_update_fails_and_is_rolled_back(stacks: Stacks, iot: Any, name: str, *, direct: bool) -> None:
    before = {"P": policy(name, "one"), "R": after(rule("a/one"), "P")}
    broken = {"P": policy(name, "two"), "Q": policy(f"{name}-q", "q"), "R": after(rule("a/#/b"), "P", "Q")}
    stacks.deploy(name, before)
    outcome = stacks.update_directly(name, broken) if direct else stacks.deploy(name, broken)
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "SqlParseException" in outcome.failures["R"]
    assert "client/one" in iot.get_policy(policyName=name)["policyDocument"]
    assert f"{name}-q" not in {item["policyName"] for item in iot.list_policies()["policies"]}


def test_after_a_failed_update_the_stack_is_updated_and_deleted_whole(stacks: Stacks, iot: Any, name: str) -> None:
    last = policy(f"{name}-z", "z")
    stacks.deploy(name, {"P": policy(name, "one"), "R": after(rule("a/one"), "P"), "Z": after(last, "R")})
    stacks.deploy(name, {"P": policy(name, "two"), "R": after(rule("a/#/b"), "P"), "Z": after(last, "R")})
    mended = stacks.deploy(name, {"P": policy(name, "three"), "R": after(rule("a/three"), "P"), "Z": after(last, "R")})
    assert mended.status == "UPDATE_COMPLETE"
    assert "client/three" in iot.get_policy(policyName=name)["policyDocument"]
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert not [item for item in iot.list_policies()["policies"] if item["policyName"].startswith(name)]


def test_a_failed_update_keeps_what_it_had_replaced(stacks: Stacks, iot: Any, name: str) -> None:
    stacks.deploy(name, {"P": policy(name, "one"), "R": after(rule("a/one"), "P")})
    assert stacks.deploy(name, {"P": policy(f"{name}-new", "one"), "R": after(rule("a/#/b"), "P")}).status == "UPDATE_ROLLBACK_COMPLETE"
    assert [item["policyName"] for item in iot.list_policies()["policies"] if item["policyName"].startswith(name)] == [name]
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert not [item for item in iot.list_policies()["policies"] if item["policyName"].startswith(name)]


def test_what_a_failed_update_removes_from_the_template_stays(stacks: Stacks, iot: Any, name: str) -> None:
    stacks.deploy(name, {"P": policy(name, "one"), "R": rule("a/one")})
    assert stacks.deploy(name, {"R": rule("a/#/b")}).status == "UPDATE_ROLLBACK_COMPLETE"
    assert iot.get_policy(policyName=name)["policyName"] == name


def test_a_change_that_a_provider_does_not_know_fails_by_its_type(stacks: Stacks, name: str) -> None:
    def resources(description: str) -> dict[str, Any]:
        return {
            "K": {
                "Type": "AWS::KMS::Key",
                "Properties": {"Description": description, "KeyPolicy": {"Version": "2012-10-17", "Statement": []}},
            }
        }

    stacks.deploy(name, resources("one"))
    outcome = stacks.deploy(name, resources("two"))
    assert outcome.status.startswith("UPDATE_ROLLBACK")
    assert "AWS::KMS::Key" in outcome.failures["K"]


def test_a_failed_deletion_fails_and_can_be_tried_again(stacks: Stacks, iot: Any, name: str) -> None:
    stacks.deploy(name, {"P": policy(name, "c"), "R": rule("a/one")})
    certificate = iot.create_keys_and_certificate()["certificateArn"]
    iot.attach_policy(policyName=name, target=certificate)
    outcome = stacks.delete(name)
    assert outcome.status == "DELETE_FAILED"
    assert "attached" in outcome.failures["P"]
    iot.detach_policy(policyName=name, target=certificate)
    assert stacks.delete(name).status == "DELETE_COMPLETE"
