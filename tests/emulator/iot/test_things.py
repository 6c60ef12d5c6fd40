"""Things, their types and their groups, as boto3 sees them."""

from typing import Any

from tests.emulator.iot.refusals import code, message, refusal


def test_a_thing_carries_its_attributes_and_counts_its_versions(iot: Any, name: str) -> None:
    made = iot.create_thing(thingName=name, attributePayload={"attributes": {"tenant": "north", "member": "m-1"}})
    iot.update_thing(thingName=name, attributePayload={"attributes": {"member": "", "side": "left"}, "merge": True})
    thing = iot.describe_thing(thingName=name)
    assert thing["thingArn"] == made["thingArn"] == f"arn:aws:iot:eu-west-1:000000000000:thing/{name}"
    assert (thing["thingId"], thing["defaultClientId"]) == (made["thingId"], name)
    assert (thing["attributes"], thing["version"]) == ({"tenant": "north", "side": "left"}, 2)


def test_attributes_are_replaced_unless_merged(iot: Any, name: str) -> None:
    iot.create_thing(thingName=name, attributePayload={"attributes": {"tenant": "north"}})
    iot.update_thing(thingName=name, attributePayload={"attributes": {"side": "left"}})
    assert iot.describe_thing(thingName=name)["attributes"] == {"side": "left"}


def test_the_same_creation_succeeds_again_and_another_one_conflicts(iot: Any, name: str) -> None:
    first = iot.create_thing(thingName=name, attributePayload={"attributes": {"tenant": "north"}})
    again = iot.create_thing(thingName=name, attributePayload={"attributes": {"tenant": "north"}})
    assert again["thingId"] == first["thingId"]
    refused = refusal(iot.create_thing, thingName=name, attributePayload={"attributes": {"tenant": "south"}})
    assert refused == {"code": "ResourceAlreadyExistsException", "status": 409, "resourceId": name, "resourceArn": first["thingArn"]}


def test_an_expected_version_that_is_past_conflicts(iot: Any, name: str) -> None:
    iot.create_thing(thingName=name)
    assert code(iot.update_thing, thingName=name, expectedVersion=7) == "VersionConflictException"
    assert code(iot.delete_thing, thingName=name, expectedVersion=7) == "VersionConflictException"


def test_what_is_unknown_is_not_found_and_deleting_it_is_no_fault(iot: Any, name: str) -> None:
    assert refusal(iot.describe_thing, thingName=name) == {"code": "ResourceNotFoundException", "status": 404}
    assert code(iot.update_thing, thingName=name) == "ResourceNotFoundException"
    assert iot.delete_thing(thingName=name)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_names_and_attributes_outside_awss_patterns_are_refused(iot: Any, name: str) -> None:
    assert "at 'thingName'" in message(iot.create_thing, thingName="with space")
    assert "at 'thingName'" in message(iot.create_thing, thingName="x" * 129)
    assert (
        code(iot.create_thing, thingName=name, attributePayload={"attributes": {"tenant": "no spaces here"}}) == "InvalidRequestException"
    )


def test_a_thing_without_type_has_at_most_three_attributes(iot: Any, name: str) -> None:
    attributes = {f"a{i}": "1" for i in range(4)}
    assert code(iot.create_thing, thingName=name, attributePayload={"attributes": attributes}) == "InvalidRequestException"
    iot.create_thing_type(thingTypeName=name)
    iot.create_thing(thingName=name, thingTypeName=name, attributePayload={"attributes": attributes})
    assert iot.describe_thing(thingName=name)["thingTypeName"] == name


def test_things_are_listed_in_pages_and_by_attribute(iot: Any, name: str) -> None:
    expected = [f"{name}-{i}" for i in range(5)]
    for thing in expected:
        iot.create_thing(thingName=thing, attributePayload={"attributes": {"tenant": name}})
    pages = list(iot.get_paginator("list_things").paginate(attributeName="tenant", attributeValue=name, PaginationConfig={"PageSize": 2}))
    assert [[thing["thingName"] for thing in page["things"]] for page in pages] == [expected[:2], expected[2:4], expected[4:]]
    assert pages[0]["things"][0]["attributes"] == {"tenant": name}


def test_a_token_of_no_page_is_refused(iot: Any) -> None:
    assert code(iot.list_things, nextToken="é") == "InvalidRequestException"


def test_a_type_is_deleted_once_deprecated_and_without_things(iot: Any, name: str) -> None:
    properties = {"thingTypeDescription": "a tracker", "searchableAttributes": ["tenant"]}
    iot.create_thing_type(thingTypeName=name, thingTypeProperties=properties)
    iot.create_thing(thingName=name, thingTypeName=name)
    assert iot.describe_thing_type(thingTypeName=name)["thingTypeProperties"] == properties
    assert code(iot.delete_thing_type, thingTypeName=name) == "InvalidRequestException"
    iot.deprecate_thing_type(thingTypeName=name)
    assert code(iot.create_thing, thingName=f"{name}-2", thingTypeName=name) == "InvalidRequestException"
    assert code(iot.delete_thing_type, thingTypeName=name) == "InvalidRequestException"
    iot.update_thing(thingName=name, removeThingType=True)
    iot.delete_thing_type(thingTypeName=name)
    assert code(iot.describe_thing_type, thingTypeName=name) == "ResourceNotFoundException"


def test_groups_form_a_tree_that_things_are_in(iot: Any, name: str) -> None:
    iot.create_thing_group(thingGroupName=name)
    iot.create_thing_group(thingGroupName=f"{name}-child", parentGroupName=name)
    iot.create_thing(thingName=name)
    iot.add_thing_to_thing_group(thingName=name, thingGroupName=f"{name}-child")
    metadata = iot.describe_thing_group(thingGroupName=f"{name}-child")["thingGroupMetadata"]
    assert (metadata["parentGroupName"], [group["groupName"] for group in metadata["rootToParentThingGroups"]]) == (name, [name])
    assert iot.list_things_in_thing_group(thingGroupName=name)["things"] == []
    assert iot.list_things_in_thing_group(thingGroupName=name, recursive=True)["things"] == [name]
    assert [group["groupName"] for group in iot.list_thing_groups_for_thing(thingName=name)["thingGroups"]] == [f"{name}-child"]
    assert [group["groupName"] for group in iot.list_thing_groups(parentGroup=name)["thingGroups"]] == [f"{name}-child"]


def test_a_group_with_children_stays_and_its_things_leave_a_deleted_one(iot: Any, name: str) -> None:
    iot.create_thing_group(thingGroupName=name)
    iot.create_thing_group(thingGroupName=f"{name}-child", parentGroupName=name)
    iot.create_thing(thingName=name)
    iot.add_thing_to_thing_group(thingName=name, thingGroupName=f"{name}-child")
    assert code(iot.delete_thing_group, thingGroupName=name) == "InvalidRequestException"
    iot.delete_thing_group(thingGroupName=f"{name}-child")
    assert iot.list_thing_groups_for_thing(thingName=name)["thingGroups"] == []


def test_a_groups_properties_change_with_its_version(iot: Any, name: str) -> None:
    iot.create_thing_group(thingGroupName=name, thingGroupProperties={"thingGroupDescription": "first"})
    answer = iot.update_thing_group(thingGroupName=name, thingGroupProperties={"attributePayload": {"attributes": {"a": "1"}}})
    group = iot.describe_thing_group(thingGroupName=name)
    assert (answer["version"], group["version"]) == (2, 2)
    assert group["thingGroupProperties"] == {"thingGroupDescription": "first", "attributePayload": {"attributes": {"a": "1"}}}
