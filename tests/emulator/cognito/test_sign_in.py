"""Signing in by password: who may, who may not, and how little a refusal tells."""

from typing import Any

import pytest

from emulator.cognito.errors import (
    CognitoError,
    InvalidParameterError,
    InvalidPasswordError,
    NotAuthorizedError,
    NotEmulatedError,
    NotFoundError,
    UserNotFoundError,
)
from tests.emulator.cognito.people import EMAIL, PASSWORD, Clock, Directory, secret_hash

NEW_PASSWORD = "Another-horse-8-staple"
TEMPORARY = "Temporary-5-horse"


def _answer_challenge(directory: Directory, challenge: dict[str, Any], password: str = NEW_PASSWORD, **more: str) -> dict[str, Any]:
    responses = {"USERNAME": EMAIL, "NEW_PASSWORD": password, **more}
    return directory.ask(
        "RespondToAuthChallenge",
        ClientId=directory.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses=responses,
    )


def _invited(directory: Directory) -> dict[str, Any]:
    directory.here("AdminSetUserPassword", Username=EMAIL, Password=TEMPORARY, Permanent=False)
    return directory.sign_in(password=TEMPORARY)


def test_a_password_gives_three_tokens(directory: Directory) -> None:
    result = directory.tokens()
    assert set(result) == {"IdToken", "AccessToken", "RefreshToken", "ExpiresIn", "TokenType"}
    assert (result["ExpiresIn"], result["TokenType"]) == (3600, "Bearer")


def test_an_email_address_signs_in_whatever_its_capitals(directory: Directory) -> None:
    assert directory.tokens(name="Anna@Clinic.Example")["IdToken"]


def test_the_user_name_of_a_pool_with_email_addresses_is_the_sub_and_signs_in_too(directory: Directory) -> None:
    user = directory.here("AdminGetUser", Username=EMAIL)
    claims = directory.claims(directory.tokens(name=user["Username"])["IdToken"])
    assert claims["sub"] == claims["cognito:username"] == user["Username"]


def test_unknown_user_and_wrong_password_are_told_apart_by_a_client_of_the_old_kind(directory: Directory) -> None:
    with pytest.raises(UserNotFoundError, match=r"^User does not exist\.$"):
        directory.sign_in(name="nobody@clinic.example")
    with pytest.raises(NotAuthorizedError, match=r"^Incorrect username or password\.$"):
        directory.sign_in(password="wrong")


def test_unknown_user_and_wrong_password_are_one_to_a_client_that_hides_who_exists(directory: Directory) -> None:
    client_id = directory.client(PreventUserExistenceErrors="ENABLED")
    refusals = []
    for given in ({"name": "nobody@clinic.example"}, {"password": "wrong"}):
        with pytest.raises(CognitoError) as refusal:
            directory.sign_in(client_id, **given)
        refusals.append((refusal.value.code, str(refusal.value)))
    assert refusals == [("NotAuthorizedException", "Incorrect username or password.")] * 2


def test_a_disabled_user_learns_it_only_with_the_right_password(directory: Directory) -> None:
    directory.here("AdminDisableUser", Username=EMAIL)
    with pytest.raises(NotAuthorizedError, match=r"^Incorrect username or password\.$"):
        directory.sign_in(password="wrong")
    with pytest.raises(NotAuthorizedError, match=r"^User is disabled\.$"):
        directory.sign_in()


def test_an_enabled_user_signs_in_again(directory: Directory) -> None:
    directory.here("AdminDisableUser", Username=EMAIL)
    directory.here("AdminEnableUser", Username=EMAIL)
    assert directory.tokens()["IdToken"]


def test_a_temporary_password_asks_for_a_new_one(directory: Directory) -> None:
    challenge = _invited(directory)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert "AuthenticationResult" not in challenge

    result = _answer_challenge(directory, challenge)["AuthenticationResult"]

    assert directory.claims(result["IdToken"])["email"] == EMAIL
    assert directory.here("AdminGetUser", Username=EMAIL)["UserStatus"] == "CONFIRMED"
    assert directory.tokens(password=NEW_PASSWORD)["IdToken"]


def test_a_challenge_is_answered_once(directory: Directory) -> None:
    challenge = _invited(directory)
    _answer_challenge(directory, challenge)
    with pytest.raises(NotAuthorizedError, match="Invalid session"):
        _answer_challenge(directory, challenge)


def test_a_challenge_ends_after_three_minutes(directory: Directory, clock: Clock) -> None:
    challenge = _invited(directory)
    clock.turn(minutes=3)
    with pytest.raises(NotAuthorizedError, match="session is expired"):
        _answer_challenge(directory, challenge)


def test_a_weak_new_password_leaves_the_challenge_open(directory: Directory) -> None:
    challenge = _invited(directory)
    with pytest.raises(InvalidPasswordError, match="not long enough"):
        _answer_challenge(directory, challenge, "Short-1")
    assert _answer_challenge(directory, challenge)["AuthenticationResult"]


def test_a_challenge_of_another_user_is_refused(directory: Directory) -> None:
    challenge = _invited(directory)
    directory.add_user("ben@clinic.example")
    with pytest.raises(NotAuthorizedError, match="Invalid session"):
        _answer_challenge(directory, challenge, USERNAME="ben@clinic.example")


def test_a_temporary_password_expires_after_the_days_of_the_policy(directory: Directory, clock: Clock) -> None:
    directory.here("AdminSetUserPassword", Username=EMAIL, Password=TEMPORARY, Permanent=False)
    clock.turn(days=7)
    with pytest.raises(NotAuthorizedError, match="Temporary password has expired"):
        directory.sign_in(password=TEMPORARY)


def test_an_administrator_signs_a_user_in(directory: Directory) -> None:
    given = {"USERNAME": EMAIL, "PASSWORD": PASSWORD}
    answer = directory.here("AdminInitiateAuth", ClientId=directory.client_id, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=given)
    assert directory.claims(answer["AuthenticationResult"]["IdToken"])["email"] == EMAIL


def test_a_flow_that_the_client_does_not_have_is_refused(directory: Directory) -> None:
    client_id = directory.client(ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])
    with pytest.raises(InvalidParameterError, match="USER_PASSWORD_AUTH flow not enabled for this client"):
        directory.sign_in(client_id)


def test_a_flow_that_is_not_emulated_says_so(directory: Directory) -> None:
    with pytest.raises(NotEmulatedError, match="USER_SRP_AUTH"):
        directory.ask("InitiateAuth", ClientId=directory.client_id, AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": EMAIL})


def test_a_pool_that_demands_a_second_factor_lets_nobody_in_without(directory: Directory) -> None:
    directory.here("SetUserPoolMfaConfig", MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    with pytest.raises(NotEmulatedError, match="second factor"):
        directory.sign_in()


def test_a_client_with_a_secret_proves_it(directory: Directory) -> None:
    made = directory.here("CreateUserPoolClient", ClientName="server", GenerateSecret=True, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])[
        "UserPoolClient"
    ]
    client_id = made["ClientId"]
    assert directory.tokens(client_id, SECRET_HASH=secret_hash(made["ClientSecret"], client_id))["IdToken"]
    with pytest.raises(NotAuthorizedError, match="SECRET_HASH was not received"):
        directory.sign_in(client_id)
    with pytest.raises(NotAuthorizedError, match="SecretHash does not match"):
        directory.sign_in(client_id, SECRET_HASH="bm90IGl0")


def test_an_unknown_client_is_not_found(directory: Directory) -> None:
    with pytest.raises(NotFoundError, match="User pool client nobody does not exist"):
        directory.sign_in("nobody")


def test_a_request_against_the_model_is_refused(directory: Directory) -> None:
    with pytest.raises(InvalidParameterError, match="AuthFlow' failed to satisfy constraint"):
        directory.ask("InitiateAuth", ClientId=directory.client_id, AuthFlow="NO_SUCH_FLOW")
