"""Pools and app clients: what they say of themselves, and their ends."""

import pytest

from emulator.cognito.errors import InvalidParameterError, NotEmulatedError, NotFoundError
from tests.emulator.cognito.people import EMAIL, Directory


def test_a_pool_describes_itself_with_aws_defaults(directory: Directory) -> None:
    pool = directory.here("DescribeUserPool")["UserPool"]
    assert pool["Arn"] == f"arn:aws:cognito-idp:eu-west-1:000000000000:userpool/{directory.pool_id}"
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert (pool["MfaConfiguration"], pool["DeletionProtection"]) == ("OFF", "INACTIVE")
    assert pool["EstimatedNumberOfUsers"] == 1
    assert {"sub", "email", "custom:tenant", "custom:badge"} <= {attribute["Name"] for attribute in pool["SchemaAttributes"]}


def test_an_update_keeps_what_a_pool_is_made_with_and_resets_the_rest(directory: Directory) -> None:
    directory.here("UpdateUserPool", MfaConfiguration="OPTIONAL", UserPoolTags={"stage": "test"})
    directory.here("UpdateUserPool", UserPoolTags={"stage": "test"})
    pool = directory.here("DescribeUserPool")["UserPool"]
    assert pool["MfaConfiguration"] == "OFF"
    assert pool["UsernameAttributes"] == ["email"]
    assert "custom:tenant" in {attribute["Name"] for attribute in pool["SchemaAttributes"]}


def test_pools_are_listed_where_they_were_made(directory: Directory) -> None:
    assert [pool["Id"] for pool in directory.ask("ListUserPools", MaxResults=60)["UserPools"]] == [directory.pool_id]
    elsewhere = directory.user_pools.answer("ListUserPools", ("000000000000", "us-east-1"), {"MaxResults": 60})
    assert elsewhere == {"UserPools": []}


def test_a_protected_pool_is_not_deleted(directory: Directory) -> None:
    directory.here("UpdateUserPool", DeletionProtection="ACTIVE")
    with pytest.raises(InvalidParameterError, match="deletion protection is activated"):
        directory.here("DeleteUserPool")
    assert directory.tokens()["IdToken"]


def test_with_a_pool_go_its_clients_users_and_sign_ins(directory: Directory) -> None:
    token = directory.tokens()["AccessToken"]
    directory.here("DeleteUserPool")
    with pytest.raises(NotFoundError, match="User pool client"):
        directory.sign_in()
    with pytest.raises(NotFoundError, match="User pool"):
        directory.here("AdminGetUser", Username=EMAIL)
    with pytest.raises(Exception, match="revoked"):
        directory.ask("GetUser", AccessToken=token)
    assert not directory.user_pools.has_pool(directory.pool_id)


def test_triggers_are_refused_rather_than_left_out(directory: Directory) -> None:
    with pytest.raises(NotEmulatedError, match="triggers"):
        directory.ask(
            "CreateUserPool", PoolName="triggered", LambdaConfig={"PreSignUp": "arn:aws:lambda:eu-west-1:000000000000:function:f"}
        )


def test_a_client_describes_itself_with_aws_defaults(directory: Directory) -> None:
    made = directory.here("CreateUserPoolClient", ClientName="plain")["UserPoolClient"]
    described = directory.here("DescribeUserPoolClient", ClientId=made["ClientId"])["UserPoolClient"]
    assert described["RefreshTokenValidity"] == 30
    assert described["EnableTokenRevocation"] is True
    assert described["PreventUserExistenceErrors"] == "LEGACY"
    assert "ClientSecret" not in described
    assert sorted(one["ClientName"] for one in directory.here("ListUserPoolClients")["UserPoolClients"]) == ["plain", "web"]


def test_a_client_belongs_to_its_pool(directory: Directory) -> None:
    other = directory.ask("CreateUserPool", PoolName="other")["UserPool"]["Id"]
    for operation in ("DescribeUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient"):
        with pytest.raises(NotFoundError):
            directory.ask(operation, UserPoolId=other, ClientId=directory.client_id)


@pytest.mark.parametrize(
    "settings",
    [
        {"IdTokenValidity": 4, "TokenValidityUnits": {"IdToken": "minutes"}},
        {"AccessTokenValidity": 25},
        {"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}},
        {"RefreshTokenValidity": 1, "AccessTokenValidity": 2, "TokenValidityUnits": {"RefreshToken": "hours"}},
    ],
)
def test_validity_out_of_aws_range_is_refused(directory: Directory, settings: dict[str, object]) -> None:
    with pytest.raises(InvalidParameterError):
        directory.client(**settings)


def test_a_deleted_clients_tokens_are_not_refreshed(directory: Directory) -> None:
    token = directory.tokens()["RefreshToken"]
    directory.here("DeleteUserPoolClient", ClientId=directory.client_id)
    with pytest.raises(NotFoundError):
        directory.refresh(token)
