"""Policies of thing groups: who inherits them, and what is in force for a device."""

from typing import Any

import pytest

from tests.emulator.iot.policy_texts import document
from tests.emulator.iot.refusals import code, message


@pytest.fixture
def tree(iot: Any, name: str) -> dict[str, str]:
    """A group with a child and a grandchild, each with a policy of the same name; answers their ARNs by level."""
    arns: dict[str, str] = {}
    above: dict[str, str] = {}
    for level in ("root", "child", "grandchild"):
        group = f"{name}-{level}"
        arns[level] = iot.create_thing_group(thingGroupName=group, **above)["thingGroupArn"]
        iot.create_policy(policyName=group, policyDocument=document(level))
        iot.attach_policy(policyName=group, target=arns[level])
        above = {"parentGroupName": group}
    return arns


def attached(iot: Any, target: str, **parameters: Any) -> list[str]:
    pages = iot.get_paginator("list_attached_policies").paginate(target=target, **parameters)
    return [policy["policyName"].rpartition("-")[2] for page in pages for policy in page["policies"]]


def effective(iot: Any, **parameters: str) -> list[str]:
    return [policy["policyName"].rpartition("-")[2] for policy in iot.get_effective_policies(**parameters)["effectivePolicies"]]


def test_a_group_inherits_the_policies_of_all_groups_above_it(iot: Any, tree: dict[str, str]) -> None:
    assert attached(iot, tree["child"]) == ["child"]
    assert attached(iot, tree["child"], recursive=True) == ["child", "root"]
    assert attached(iot, tree["grandchild"], recursive=True, pageSize=1) == ["child", "grandchild", "root"]
    assert attached(iot, tree["root"], recursive=True) == ["root"]


def test_a_policy_that_is_inherited_twice_is_listed_once(iot: Any, name: str, tree: dict[str, str]) -> None:
    iot.attach_policy(policyName=f"{name}-root", target=tree["grandchild"])
    assert attached(iot, tree["grandchild"], recursive=True) == ["child", "grandchild", "root"]


def test_a_principal_s_and_its_thing_s_groups_policies_are_in_force(iot: Any, name: str, tree: dict[str, str]) -> None:
    principal = iot.create_keys_and_certificate(setAsActive=True)["certificateArn"]
    iot.create_policy(policyName=f"{name}-own", policyDocument=document("own"))
    iot.attach_policy(policyName=f"{name}-own", target=principal)
    iot.create_thing(thingName=name)
    assert effective(iot, principal=principal, thingName=name) == ["own"]
    iot.add_thing_to_thing_group(thingName=name, thingGroupName=f"{name}-child")
    assert effective(iot, principal=principal, thingName=name) == ["child", "own", "root"]
    assert effective(iot, thingName=name) == ["child", "root"]
    assert effective(iot, principal=principal) == ["own"]
    assert effective(iot, principal=tree["grandchild"]) == ["child", "grandchild", "root"]
    iot.remove_thing_from_thing_group(thingName=name, thingGroupName=f"{name}-child")
    assert effective(iot, principal=principal, thingName=name) == ["own"]


def test_an_effective_policy_comes_with_the_document_in_force(iot: Any, name: str, tree: dict[str, str]) -> None:
    policy = f"{name}-root"
    iot.create_policy_version(policyName=policy, policyDocument=document("second"), setAsDefault=True)
    [found] = iot.get_effective_policies(principal=tree["root"])["effectivePolicies"]
    arn = iot.get_policy(policyName=policy)["policyArn"]
    assert found == {"policyName": policy, "policyArn": arn, "policyDocument": document("second")}


def test_effective_policies_need_somebody_known(iot: Any, name: str) -> None:
    assert code(iot.get_effective_policies) == "InvalidRequestException"
    assert code(iot.get_effective_policies, thingName=name) == "ResourceNotFoundException"
    assert code(iot.get_effective_policies, principal=f"arn:aws:iot:eu-west-1:000000000000:cert/{'0' * 64}") == "ResourceNotFoundException"


def test_an_identity_pool_s_roles_are_refused_by_name(iot: Any, name: str) -> None:
    iot.create_thing(thingName=name)
    pool = "eu-west-1:00000000-0000-0000-0000-000000000000"
    assert "identity pool" in message(iot.get_effective_policies, thingName=name, cognitoIdentityPoolId=pool)


def test_a_deleted_group_leaves_its_policies_free(iot: Any, name: str, tree: dict[str, str]) -> None:
    policy = f"{name}-grandchild"
    iot.delete_thing_group(thingGroupName=policy)
    assert iot.list_targets_for_policy(policyName=policy)["targets"] == []
    iot.delete_policy(policyName=policy)
    iot.create_thing_group(thingGroupName=policy)
    assert attached(iot, tree["grandchild"]) == []
