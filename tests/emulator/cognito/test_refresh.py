"""Carrying a sign-in on, and ending it."""

import threading

import pytest

from emulator.cognito.errors import (
    CognitoError,
    InvalidParameterError,
    NotAuthorizedError,
    RefreshTokenReuseError,
    RevocationDisabledError,
    UnauthorizedError,
    UnsupportedTokenError,
)
from tests.emulator.cognito.people import EMAIL, Clock, Directory, secret_hash


def _by_flow(directory: Directory, token: str, client_id: str | None = None) -> dict[str, str]:
    given = {"REFRESH_TOKEN": token}
    answer = directory.ask("InitiateAuth", ClientId=client_id or directory.client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=given)
    result: dict[str, str] = answer["AuthenticationResult"]
    return result


def test_both_ways_of_refreshing_give_new_tokens_of_the_same_sign_in(directory: Directory, clock: Clock) -> None:
    tokens = directory.tokens()
    first = directory.claims(tokens["IdToken"])
    clock.turn(minutes=30)
    for refreshed in (directory.refresh(tokens["RefreshToken"]), _by_flow(directory, tokens["RefreshToken"])):
        claims = directory.claims(refreshed["IdToken"])
        assert "RefreshToken" not in refreshed
        assert claims["jti"] != first["jti"]
        assert claims["iat"] == first["iat"] + 1800
        assert [claims[name] for name in ("origin_jti", "auth_time", "sub")] == [first[name] for name in ("origin_jti", "auth_time", "sub")]


def test_refreshed_tokens_carry_what_the_user_is_now(directory: Directory) -> None:
    tokens = directory.tokens()
    directory.here("CreateGroup", GroupName="operator")
    directory.here("AdminAddUserToGroup", Username=EMAIL, GroupName="operator")
    assert directory.claims(directory.refresh(tokens["RefreshToken"])["IdToken"])["cognito:groups"] == ["operator"]


def test_a_refresh_token_ends_when_the_client_says(directory: Directory, clock: Clock) -> None:
    token = directory.tokens()["RefreshToken"]
    clock.turn(days=30)
    with pytest.raises(NotAuthorizedError, match="Refresh Token has expired"):
        directory.refresh(token)


def test_a_refresh_token_serves_its_own_client_alone(directory: Directory) -> None:
    with pytest.raises(NotAuthorizedError, match="Invalid Refresh Token"):
        directory.refresh(directory.tokens()["RefreshToken"], directory.client())


def test_a_made_up_refresh_token_is_refused(directory: Directory) -> None:
    with pytest.raises(NotAuthorizedError, match="Invalid Refresh Token"):
        directory.refresh("made-up")


def test_rotation_gives_a_new_refresh_token_and_refuses_the_old_one(directory: Directory) -> None:
    client_id = directory.rotating(grace_s=0)
    old = directory.tokens(client_id)["RefreshToken"]

    new = directory.refresh(old, client_id)["RefreshToken"]

    assert new != old
    with pytest.raises(RefreshTokenReuseError):
        directory.refresh(old, client_id)
    assert directory.refresh(new, client_id)["IdToken"]


def test_the_old_refresh_token_serves_for_the_grace_period_which_its_use_does_not_lengthen(directory: Directory, clock: Clock) -> None:
    client_id = directory.rotating(grace_s=10)
    old = directory.tokens(client_id)["RefreshToken"]
    directory.refresh(old, client_id)
    clock.turn(seconds=9)
    assert directory.refresh(old, client_id)["IdToken"]
    clock.turn(seconds=1)
    with pytest.raises(RefreshTokenReuseError):
        directory.refresh(old, client_id)


def test_rotated_refresh_tokens_live_only_for_the_rest_of_the_first_ones_life(directory: Directory, clock: Clock) -> None:
    client_id = directory.rotating(grace_s=0, RefreshTokenValidity=12, TokenValidityUnits={"RefreshToken": "hours"})
    tokens = directory.tokens(client_id)
    origin = directory.claims(tokens["IdToken"])["origin_jti"]
    for _ in range(11):
        clock.turn(hours=1)
        tokens = directory.refresh(tokens["RefreshToken"], client_id)
        assert directory.claims(tokens["IdToken"])["origin_jti"] == origin
    clock.turn(hours=1)
    with pytest.raises(NotAuthorizedError, match="Refresh Token has expired"):
        directory.refresh(tokens["RefreshToken"], client_id)


def test_of_two_refreshes_at_once_one_wins(directory: Directory) -> None:
    client_id = directory.rotating(grace_s=0)
    token = directory.tokens(client_id)["RefreshToken"]
    outcomes: list[str] = []

    def refresh() -> None:
        try:
            directory.refresh(token, client_id)
            outcomes.append("refreshed")
        except CognitoError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["RefreshTokenReuseException"] * 3 + ["refreshed"]


def test_a_client_that_rotates_cannot_have_the_flow_that_does_not(directory: Directory) -> None:
    with pytest.raises(InvalidParameterError, match="rotation"):
        directory.client(RefreshTokenRotation={"Feature": "ENABLED"})
    client_id = directory.rotating(grace_s=0)
    with pytest.raises(InvalidParameterError, match="REFRESH_TOKEN_AUTH flow not enabled"):
        _by_flow(directory, directory.tokens(client_id)["RefreshToken"], client_id)


def test_revoking_ends_one_sign_in_and_leaves_the_others(directory: Directory) -> None:
    ended, other = directory.tokens(), directory.tokens()

    directory.ask("RevokeToken", Token=ended["RefreshToken"], ClientId=directory.client_id)

    with pytest.raises(NotAuthorizedError, match="Refresh Token has been revoked"):
        directory.refresh(ended["RefreshToken"])
    with pytest.raises(NotAuthorizedError, match="Access Token has been revoked"):
        directory.ask("GetUser", AccessToken=ended["AccessToken"])
    assert directory.refresh(other["RefreshToken"])["IdToken"]
    assert directory.ask("GetUser", AccessToken=other["AccessToken"])["Username"]


def test_revoking_any_of_a_rotated_row_ends_them_all(directory: Directory) -> None:
    client_id = directory.rotating(grace_s=60)
    first = directory.tokens(client_id)["RefreshToken"]
    second = directory.refresh(first, client_id)["RefreshToken"]
    directory.ask("RevokeToken", Token=first, ClientId=client_id)
    for token in (first, second):
        with pytest.raises(NotAuthorizedError, match="revoked"):
            directory.refresh(token, client_id)


def test_revoking_twice_or_what_nobody_knows_is_no_fault(directory: Directory) -> None:
    token = directory.tokens()["RefreshToken"]
    for text in (token, token, "made-up"):
        assert directory.ask("RevokeToken", Token=text, ClientId=directory.client_id) == {}


def test_an_access_token_cannot_be_revoked(directory: Directory) -> None:
    with pytest.raises(UnsupportedTokenError):
        directory.ask("RevokeToken", Token=directory.tokens()["AccessToken"], ClientId=directory.client_id)


def test_only_the_client_itself_revokes(directory: Directory) -> None:
    token = directory.tokens()["RefreshToken"]
    with pytest.raises(UnauthorizedError):
        directory.ask("RevokeToken", Token=token, ClientId=directory.client())
    with pytest.raises(UnauthorizedError):
        directory.ask("RevokeToken", Token=token, ClientId="nobody")
    assert directory.refresh(token)["IdToken"]


def test_a_client_with_a_secret_names_it_to_refresh_and_to_revoke(directory: Directory) -> None:
    secret = "0123456789abcdefghijklmnop"
    client_id = directory.client(ClientSecret=secret, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    token = directory.tokens(client_id, SECRET_HASH=secret_hash(secret, client_id))["RefreshToken"]

    with pytest.raises(NotAuthorizedError):
        directory.refresh(token, client_id)
    assert directory.refresh(token, client_id, ClientSecret=secret)["IdToken"]
    with pytest.raises(UnauthorizedError):
        directory.ask("RevokeToken", Token=token, ClientId=client_id, ClientSecret="x" * 24)
    directory.ask("RevokeToken", Token=token, ClientId=client_id, ClientSecret=secret)
    with pytest.raises(NotAuthorizedError, match="revoked"):
        directory.refresh(token, client_id, ClientSecret=secret)


def test_a_client_without_revocation_refuses_it_and_its_tokens_have_no_origin(directory: Directory) -> None:
    client_id = directory.client(EnableTokenRevocation=False)
    tokens = directory.tokens(client_id)
    assert "origin_jti" not in directory.claims(tokens["IdToken"])
    with pytest.raises(RevocationDisabledError):
        directory.ask("RevokeToken", Token=tokens["RefreshToken"], ClientId=client_id)


@pytest.mark.parametrize("how", ["GlobalSignOut", "AdminUserGlobalSignOut", "AdminDisableUser", "AdminDeleteUser", "DeleteUser"])
def test_a_users_sign_ins_all_end(directory: Directory, how: str) -> None:
    first, second = directory.tokens(), directory.tokens()

    if how.startswith("Admin"):
        directory.here(how, Username=EMAIL)
    else:
        directory.ask(how, AccessToken=first["AccessToken"])

    for tokens in (first, second):
        with pytest.raises(NotAuthorizedError):
            directory.refresh(tokens["RefreshToken"])
        with pytest.raises(NotAuthorizedError):
            directory.ask("GetUser", AccessToken=tokens["AccessToken"])


def test_other_users_sign_ins_stay_when_one_signs_out_everywhere(directory: Directory) -> None:
    directory.add_user("ben@clinic.example")
    other = directory.tokens(name="ben@clinic.example")
    directory.here("AdminUserGlobalSignOut", Username=EMAIL)
    assert directory.refresh(other["RefreshToken"])["IdToken"]


def test_what_has_ended_is_forgotten_with_the_next_sign_in(directory: Directory, clock: Clock) -> None:
    old = directory.tokens()["RefreshToken"]
    clock.turn(days=30)
    directory.tokens()
    with pytest.raises(NotAuthorizedError, match="Invalid Refresh Token"):
        directory.refresh(old)
