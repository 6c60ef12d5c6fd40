"""The people of a stage: created, corrected, listed and shut out."""

from typing import TYPE_CHECKING

import pytest

from infra.cloudformation import DeploymentError
from infra.users import Listed, User, disable_user, ensure_user, list_users

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient as Client

ANNA, PASSWORD = "anna@clinic.example", "Correct-horse-7-staple"
THERAPIST = User(ANNA, "therapist", "north")


def _sign_in(cognito: "Client", pool_id: str, password: str) -> bool:
    """Whether the password lets Anna in without a further question."""
    client_id = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="web")["UserPoolClient"]["ClientId"]
    given = {"USERNAME": ANNA, "PASSWORD": password}
    answer = cognito.admin_initiate_auth(UserPoolId=pool_id, ClientId=client_id, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=given)
    return "AuthenticationResult" in answer


def test_a_new_user_has_role_tenant_and_password(cognito: "Client", pool_id: str) -> None:
    assert ensure_user(cognito, pool_id, THERAPIST, PASSWORD)
    assert list_users(cognito, pool_id) == [Listed(ANNA, "north", ("therapist",), enabled=True)]
    assert _sign_in(cognito, pool_id, PASSWORD)


def test_the_address_counts_as_verified(cognito: "Client", pool_id: str) -> None:
    ensure_user(cognito, pool_id, THERAPIST, PASSWORD)
    attributes = cognito.admin_get_user(UserPoolId=pool_id, Username=ANNA)["UserAttributes"]
    assert {"Name": "email_verified", "Value": "true"} in attributes


def test_twice_is_once(cognito: "Client", pool_id: str) -> None:
    ensure_user(cognito, pool_id, THERAPIST, PASSWORD)
    before = list_users(cognito, pool_id)
    assert not ensure_user(cognito, pool_id, THERAPIST, PASSWORD)
    assert list_users(cognito, pool_id) == before


def test_a_user_is_brought_to_another_role_tenant_and_password(cognito: "Client", pool_id: str) -> None:
    ensure_user(cognito, pool_id, User(ANNA, "operator"), PASSWORD)
    ensure_user(cognito, pool_id, User(ANNA, "therapist", "south"), "Another-horse-8-staple")
    assert list_users(cognito, pool_id) == [Listed(ANNA, "south", ("therapist",), enabled=True)]
    assert _sign_in(cognito, pool_id, "Another-horse-8-staple")
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        _sign_in(cognito, pool_id, PASSWORD)


def test_a_therapist_who_becomes_an_operator_loses_the_tenant(cognito: "Client", pool_id: str) -> None:
    ensure_user(cognito, pool_id, THERAPIST, PASSWORD)
    ensure_user(cognito, pool_id, User(ANNA, "operator"), PASSWORD)
    assert list_users(cognito, pool_id) == [Listed(ANNA, None, ("operator",), enabled=True)]


def test_groups_that_are_no_roles_stay(cognito: "Client", pool_id: str) -> None:
    cognito.create_group(UserPoolId=pool_id, GroupName="early-access")
    ensure_user(cognito, pool_id, THERAPIST, PASSWORD)
    cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=ANNA, GroupName="early-access")
    ensure_user(cognito, pool_id, THERAPIST, PASSWORD)
    assert list_users(cognito, pool_id)[0].roles == ("early-access", "therapist")


def test_a_disabled_user_stays_out_until_ensured_again(cognito: "Client", pool_id: str) -> None:
    ensure_user(cognito, pool_id, THERAPIST, PASSWORD)
    disable_user(cognito, pool_id, ANNA)
    assert [user.enabled for user in list_users(cognito, pool_id)] == [False]
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        _sign_in(cognito, pool_id, PASSWORD)
    ensure_user(cognito, pool_id, THERAPIST, PASSWORD)
    assert _sign_in(cognito, pool_id, PASSWORD)


def test_a_weak_password_is_refused(cognito: "Client", pool_id: str) -> None:
    with pytest.raises(cognito.exceptions.InvalidPasswordException):
        ensure_user(cognito, pool_id, THERAPIST, "weak")


@pytest.mark.parametrize(("role", "tenant"), [("therapist", None), ("therapist", ""), ("operator", "north")])
def test_a_tenant_belongs_to_a_therapist_and_to_nobody_else(role: str, tenant: str | None) -> None:
    with pytest.raises(DeploymentError, match="a therapist needs a tenant, and an operator has none"):
        User(ANNA, role, tenant)  # type: ignore[arg-type]
