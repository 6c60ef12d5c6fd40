"""Policies, their versions, and what they and certificates are attached to."""

from typing import Any

import pytest

from tests.emulator.iot.policy_texts import document
from tests.emulator.iot.refusals import code, refusal


@pytest.fixture
def certificate_arn(iot: Any) -> str:
    """An active certificate."""
    return str(iot.create_keys_and_certificate(setAsActive=True)["certificateArn"])


def test_the_default_version_is_the_one_in_force(iot: Any, name: str) -> None:
    iot.create_policy(policyName=name, policyDocument=document("one"))
    second = iot.create_policy_version(policyName=name, policyDocument=document("two"))
    assert (second["policyVersionId"], second["isDefaultVersion"]) == ("2", False)
    assert iot.get_policy(policyName=name)["policyDocument"] == document("one")
    iot.set_default_policy_version(policyName=name, policyVersionId="2")
    policy = iot.get_policy(policyName=name)
    assert (policy["policyDocument"], policy["defaultVersionId"]) == (document("two"), "2")
    versions = iot.list_policy_versions(policyName=name)["policyVersions"]
    assert [(version["versionId"], version["isDefaultVersion"]) for version in versions] == [("2", True), ("1", False)]


def test_five_versions_are_kept_and_numbers_are_not_used_again(iot: Any, name: str) -> None:
    iot.create_policy(policyName=name, policyDocument=document("c"))
    for _ in range(4):
        iot.create_policy_version(policyName=name, policyDocument=document("c"))
    sixth = refusal(iot.create_policy_version, policyName=name, policyDocument=document("c"))
    assert sixth == {"code": "VersionsLimitExceededException", "status": 409}
    iot.delete_policy_version(policyName=name, policyVersionId="5")
    assert iot.create_policy_version(policyName=name, policyDocument=document("c"))["policyVersionId"] == "6"


def test_the_default_version_and_a_policy_of_several_versions_are_not_deleted(iot: Any, name: str) -> None:
    iot.create_policy(policyName=name, policyDocument=document("c"))
    iot.create_policy_version(policyName=name, policyDocument=document("c"))
    assert code(iot.delete_policy_version, policyName=name, policyVersionId="1") == "DeleteConflictException"
    assert code(iot.delete_policy, policyName=name) == "DeleteConflictException"
    iot.delete_policy_version(policyName=name, policyVersionId="2")
    iot.delete_policy(policyName=name)
    assert code(iot.get_policy, policyName=name) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "text", ["no json", "{}", '{"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"iot:Connect","Resource":"*"}]}']
)
def test_a_malformed_document_is_refused_when_it_comes(iot: Any, name: str, text: str) -> None:
    assert refusal(iot.create_policy, policyName=name, policyDocument=text) == {"code": "MalformedPolicyException", "status": 400}
    iot.create_policy(policyName=name, policyDocument=document("c"))
    assert code(iot.create_policy_version, policyName=name, policyDocument=text) == "MalformedPolicyException"


def test_a_policy_name_is_taken_once(iot: Any, name: str) -> None:
    made = iot.create_policy(policyName=name, policyDocument=document("c"))
    refused = refusal(iot.create_policy, policyName=name, policyDocument=document("c"))
    assert refused == {"code": "ResourceAlreadyExistsException", "status": 409, "resourceId": name, "resourceArn": made["policyArn"]}


def test_policies_are_attached_and_found_from_both_sides(iot: Any, name: str, certificate_arn: str) -> None:
    iot.create_policy(policyName=name, policyDocument=document("c"))
    iot.attach_policy(policyName=name, target=certificate_arn)
    iot.attach_policy(policyName=name, target=certificate_arn)
    assert [policy["policyName"] for policy in iot.list_attached_policies(target=certificate_arn)["policies"]] == [name]
    assert iot.list_targets_for_policy(policyName=name)["targets"] == [certificate_arn]
    assert code(iot.delete_policy, policyName=name) == "DeleteConflictException"
    iot.detach_policy(policyName=name, target=certificate_arn)
    assert iot.list_attached_policies(target=certificate_arn)["policies"] == []


def test_the_older_names_of_attachment_mean_the_same(iot: Any, name: str, certificate_arn: str) -> None:
    iot.create_policy(policyName=name, policyDocument=document("c"))
    iot.attach_principal_policy(policyName=name, principal=certificate_arn)
    assert [policy["policyName"] for policy in iot.list_principal_policies(principal=certificate_arn)["policies"]] == [name]
    assert iot.list_policy_principals(policyName=name)["principals"] == [certificate_arn]
    assert iot.list_targets_for_policy(policyName=name)["targets"] == [certificate_arn]
    iot.detach_principal_policy(policyName=name, principal=certificate_arn)
    assert iot.list_policy_principals(policyName=name)["principals"] == []


def test_attaching_needs_what_exists(iot: Any, name: str, certificate_arn: str) -> None:
    assert code(iot.attach_policy, policyName=name, target=certificate_arn) == "ResourceNotFoundException"
    iot.create_policy(policyName=name, policyDocument=document("c"))
    missing = f"arn:aws:iot:eu-west-1:000000000000:cert/{'0' * 64}"
    assert code(iot.attach_policy, policyName=name, target=missing) == "ResourceNotFoundException"
    assert code(iot.attach_policy, policyName=name, target="nobody") == "InvalidRequestException"


def test_a_policy_is_attached_to_a_group(iot: Any, name: str) -> None:
    iot.create_policy(policyName=name, policyDocument=document("c"))
    group = iot.create_thing_group(thingGroupName=name)["thingGroupArn"]
    iot.attach_policy(policyName=name, target=group)
    assert iot.list_targets_for_policy(policyName=name)["targets"] == [group]


def test_a_certificate_and_its_thing_know_each_other(iot: Any, name: str, certificate_arn: str) -> None:
    iot.create_thing(thingName=name)
    iot.attach_thing_principal(thingName=name, principal=certificate_arn)
    assert iot.list_principal_things(principal=certificate_arn)["things"] == [name]
    assert iot.list_thing_principals(thingName=name)["principals"] == [certificate_arn]
    assert code(iot.delete_thing, thingName=name) == "InvalidRequestException"
    iot.detach_thing_principal(thingName=name, principal=certificate_arn)
    iot.delete_thing(thingName=name)
    assert iot.list_principal_things(principal=certificate_arn)["things"] == []


def test_policies_are_listed_in_pages(iot: Any, name: str) -> None:
    names = {f"{name}-{i}" for i in range(3)}
    for policy in names:
        iot.create_policy(policyName=policy, policyDocument=document("c"))
    first = iot.list_policies(pageSize=1)
    assert len(first["policies"]) == 1
    assert first["nextMarker"]
    listed = [policy["policyName"] for page in iot.get_paginator("list_policies").paginate(pageSize=1) for policy in page["policies"]]
    assert names <= set(listed)
    assert len(listed) == len(set(listed))


def test_tags_come_with_a_resource_change_and_go_with_it(iot: Any, name: str) -> None:
    arn = iot.create_policy(policyName=name, policyDocument=document("c"), tags=[{"Key": "stage", "Value": "local"}])["policyArn"]
    iot.tag_resource(resourceArn=arn, tags=[{"Key": "team", "Value": "motion"}])
    iot.untag_resource(resourceArn=arn, tagKeys=["stage"])
    assert iot.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "team", "Value": "motion"}]
    iot.delete_policy(policyName=name)
    assert iot.list_tags_for_resource(resourceArn=arn)["tags"] == []
