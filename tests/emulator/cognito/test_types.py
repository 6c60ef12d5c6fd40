"""The CloudFormation types: created, changed in place, deleted and refused."""

import copy
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Stacks
from tests.emulator.cognito.people import until

RESOURCES: dict[str, Any] = {
    "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {"Policies": {"PasswordPolicy": {"MinimumLength": "12"}}}},
    "Client": {
        "Type": "AWS::Cognito::UserPoolClient",
        "Properties": {"UserPoolId": {"Ref": "Pool"}, "GenerateSecret": "true", "IdTokenValidity": 2},
    },
    "Group": {"Type": "AWS::Cognito::UserPoolGroup", "Properties": {"UserPoolId": {"Ref": "Pool"}, "GroupName": "therapist"}},
}
OUTPUTS = {
    "Pool": {"Ref": "Pool"},
    "Arn": {"Fn::GetAtt": ["Pool", "Arn"]},
    "PoolId": {"Fn::GetAtt": ["Pool", "UserPoolId"]},
    "ProviderName": {"Fn::GetAtt": ["Pool", "ProviderName"]},
    "ProviderURL": {"Fn::GetAtt": ["Pool", "ProviderURL"]},
    "Client": {"Ref": "Client"},
    "ClientId": {"Fn::GetAtt": ["Client", "ClientId"]},
    "ClientSecret": {"Fn::GetAtt": ["Client", "ClientSecret"]},
    "Group": {"Ref": "Group"},
}


@pytest.fixture
def stacks(local_process: LocalProcess) -> Stacks:
    """CloudFormation of the running LocalStack."""
    return Stacks(local_process.client("cloudformation"))


@pytest.fixture
def cognito(local_process: LocalProcess) -> Any:
    """A client of the user pools."""
    return local_process.client("cognito-idp")


@pytest.fixture
def name() -> str:
    """A stack's name that no other test uses."""
    return f"n{uuid.uuid4().hex[:12]}"


def _outputs(stacks: Stacks, name: str) -> dict[str, str]:
    def described() -> dict[str, str]:
        stack = stacks.client.describe_stacks(StackName=name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    return until(described)  # LocalStack sets the status a moment before the outputs


def _made(stacks: Stacks, name: str, resources: dict[str, Any] = RESOURCES) -> dict[str, str]:
    outcome = stacks.deploy(name, resources, outputs=OUTPUTS)
    assert outcome.failures == {}
    assert outcome.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    return _outputs(stacks, name)


def _changed(**properties: Any) -> dict[str, Any]:
    """The resources with some properties of one replaced: `Client__IdTokenValidity=3`."""
    resources = copy.deepcopy(RESOURCES)
    for path, value in properties.items():
        logical_id, _, member = path.partition("__")
        resources[logical_id]["Properties"][member] = value
    return resources


def test_references_and_attributes_are_what_aws_gives(stacks: Stacks, cognito: Any, name: str) -> None:
    outputs = _made(stacks, name)
    pool_id = outputs["Pool"]
    assert outputs["PoolId"] == pool_id
    assert outputs["Arn"] == f"arn:aws:cognito-idp:eu-west-1:000000000000:userpool/{pool_id}"
    assert outputs["ProviderURL"] == f"http://{outputs['ProviderName']}"
    assert outputs["ProviderName"].endswith(f"/{pool_id}")
    client = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=outputs["Client"])["UserPoolClient"]
    assert (outputs["ClientId"], outputs["ClientSecret"]) == (outputs["Client"], client["ClientSecret"])
    assert outputs["Group"] == "therapist"
    assert cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]["Policies"]["PasswordPolicy"]["MinimumLength"] == 12


def test_changes_reach_what_is_there(stacks: Stacks, cognito: Any, name: str) -> None:
    before = _made(stacks, name)
    after = _made(
        stacks,
        name,
        _changed(Pool__UserPoolName=name, Client__IdTokenValidity=3, Group__Description="Sees patients", Client__ClientName="web"),
    )
    assert after == before
    pool_id = after["Pool"]
    assert cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]["Name"] == name
    client = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=after["Client"])["UserPoolClient"]
    assert (client["IdTokenValidity"], client["ClientName"]) == (3, "web")
    assert cognito.get_group(UserPoolId=pool_id, GroupName="therapist")["Group"]["Description"] == "Sees patients"


def test_a_change_that_the_service_refuses_is_rolled_back(stacks: Stacks, cognito: Any, name: str) -> None:
    outputs = _made(stacks, name)
    outcome = stacks.deploy(name, _changed(Pool__UserPoolName=name, Client__IdTokenValidity=99), outputs=OUTPUTS)
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Invalid range for token validity" in outcome.failures["Client"]
    assert cognito.describe_user_pool(UserPoolId=outputs["Pool"])["UserPool"]["Name"] != name


def test_another_group_name_is_another_group(stacks: Stacks, cognito: Any, name: str) -> None:
    pool_id = _made(stacks, name)["Pool"]
    assert _made(stacks, name, _changed(Group__GroupName="operator"))["Group"] == "operator"
    assert [group["GroupName"] for group in cognito.list_groups(UserPoolId=pool_id)["Groups"]] == ["operator"]


def test_a_client_does_not_move_to_another_pool(stacks: Stacks, name: str) -> None:
    other = _made(stacks, f"{name}a")["Pool"]
    _made(stacks, name)
    outcome = stacks.deploy(name, _changed(Client__UserPoolId=other), outputs=OUTPUTS)
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "A change of UserPoolId is not supported here" in outcome.failures["Client"]


def test_a_deleted_stack_leaves_nothing(stacks: Stacks, cognito: Any, name: str) -> None:
    pool_id = _made(stacks, name)["Pool"]
    stacks.client.delete_stack(StackName=name)
    until(lambda: stacks.status(name) in {None, "DELETE_COMPLETE"})
    with pytest.raises(ClientError, match="does not exist"):
        cognito.describe_user_pool(UserPoolId=pool_id)


def test_a_protected_pool_fails_its_stacks_deletion(stacks: Stacks, cognito: Any, name: str) -> None:
    pool_id = _made(stacks, name, _changed(Pool__DeletionProtection="ACTIVE"))["Pool"]
    stacks.client.delete_stack(StackName=name)
    assert until(lambda: stacks.status(name) == "DELETE_FAILED")
    assert cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]["Id"] == pool_id


def test_two_stacks_of_the_same_names_have_a_pool_each(stacks: Stacks, name: str) -> None:
    resources = _changed(Pool__UserPoolName=name)
    assert _made(stacks, f"{name}a", resources)["Pool"] != _made(stacks, f"{name}b", resources)["Pool"]
