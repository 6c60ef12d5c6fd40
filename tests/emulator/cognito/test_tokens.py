"""What ID and access tokens claim, and what an access token is good for."""

import base64
import json

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import RSAKey

from emulator.cognito.errors import InvalidPasswordError, NotAuthorizedError
from tests.emulator.cognito.people import EMAIL, PASSWORD, Clock, Directory

SIGNED_HERE = ("sub", "iss", "origin_jti", "event_id", "auth_time", "iat", "cognito:groups")


def test_an_id_token_claims_what_aws_claims(directory: Directory, clock: Clock) -> None:
    directory.here("CreateGroup", GroupName="therapist", Precedence=2)
    directory.here("CreateGroup", GroupName="lead", Precedence=1)
    username = directory.add_user("ben@clinic.example", custom__tenant="north", email_verified="true")
    for group in ("therapist", "lead"):
        directory.here("AdminAddUserToGroup", Username=username, GroupName=group)

    claims = directory.claims(directory.tokens(name="ben@clinic.example")["IdToken"])

    assert {name: claims.pop(name) for name in ("jti", "event_id", "origin_jti")}.keys()
    assert claims == {
        "sub": username,
        "cognito:groups": ["lead", "therapist"],
        "cognito:username": username,
        "custom:tenant": "north",
        "email": "ben@clinic.example",
        "email_verified": True,
        "iss": f"http://issuer.example:4566/{directory.pool_id}",
        "aud": directory.client_id,
        "token_use": "id",
        "auth_time": int(clock.now),
        "iat": int(clock.now),
        "exp": int(clock.now) + 3600,
    }


def test_an_access_token_names_its_client_and_has_no_audience(directory: Directory) -> None:
    tokens = directory.tokens()
    access, identity = directory.claims(tokens["AccessToken"]), directory.claims(tokens["IdToken"])
    assert "aud" not in access
    assert "email" not in access
    assert (access["client_id"], access["token_use"]) == (directory.client_id, "access")
    assert (access["scope"], access["username"]) == ("aws.cognito.signin.user.admin", identity["cognito:username"])
    assert {name: access.get(name) for name in SIGNED_HERE} == {name: identity.get(name) for name in SIGNED_HERE}
    assert access["jti"] != identity["jti"]


def test_a_client_reads_only_the_attributes_that_it_may(directory: Directory) -> None:
    directory.add_user("ben@clinic.example", custom__tenant="north", name="Ben")
    client_id = directory.client(ReadAttributes=["email", "custom:tenant"])

    tokens = directory.tokens(client_id, name="ben@clinic.example")

    claims = directory.claims(tokens["IdToken"])
    assert (claims["email"], claims["custom:tenant"]) == ("ben@clinic.example", "north")
    assert "name" not in claims
    shown = directory.ask("GetUser", AccessToken=tokens["AccessToken"])["UserAttributes"]
    assert sorted(attribute["Name"] for attribute in shown) == ["custom:tenant", "email", "sub"]


def test_tokens_live_as_long_as_the_client_says(directory: Directory) -> None:
    units = {"IdToken": "minutes", "AccessToken": "seconds", "RefreshToken": "hours"}
    client_id = directory.client(IdTokenValidity=15, AccessTokenValidity=600, RefreshTokenValidity=12, TokenValidityUnits=units)
    tokens = directory.tokens(client_id)
    lives = {name: claims["exp"] - claims["iat"] for name in ("IdToken", "AccessToken") for claims in [directory.claims(tokens[name])]}
    assert lives == {"IdToken": 900, "AccessToken": 600}
    assert tokens["ExpiresIn"] == 600


def test_the_header_names_a_published_key(directory: Directory) -> None:
    token = directory.tokens()["IdToken"]
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    [published] = directory.user_pools.keys.published().as_dict(private=False)["keys"]
    assert header == {"alg": "RS256", "kid": published["kid"]} | ({"typ": "JWT"} if "typ" in header else {})
    assert {"kty", "n", "e", "kid", "alg", "use"} == set(published)


def test_a_token_of_another_key_does_not_pass(directory: Directory) -> None:
    claims = directory.claims(directory.tokens()["AccessToken"])
    stranger = RSAKey.generate_key(2048)
    forged = jwt.encode({"alg": "RS256", "kid": directory.user_pools.keys.current().kid}, claims, stranger)
    with pytest.raises(BadSignatureError):
        directory.claims(forged)
    with pytest.raises(NotAuthorizedError, match="Invalid Access Token"):
        directory.ask("GetUser", AccessToken=forged)


def test_an_unsigned_token_does_not_pass(directory: Directory) -> None:
    _, body, _ = directory.tokens()["AccessToken"].split(".")
    unsigned = f"{base64.urlsafe_b64encode(json.dumps({'alg': 'none'}).encode()).decode().rstrip('=')}.{body}."
    with pytest.raises(JoseError):
        directory.claims(unsigned)
    with pytest.raises(NotAuthorizedError, match="Invalid Access Token"):
        directory.ask("GetUser", AccessToken=unsigned)


def test_an_access_token_shows_its_user(directory: Directory) -> None:
    answer = directory.ask("GetUser", AccessToken=directory.tokens()["AccessToken"])
    assert {"Name": "email", "Value": EMAIL} in answer["UserAttributes"]


def test_an_id_token_is_no_access_token(directory: Directory) -> None:
    with pytest.raises(NotAuthorizedError, match="Invalid Access Token"):
        directory.ask("GetUser", AccessToken=directory.tokens()["IdToken"])


def test_an_access_token_ends(directory: Directory, clock: Clock) -> None:
    token = directory.tokens()["AccessToken"]
    clock.turn(minutes=60)
    with pytest.raises(NotAuthorizedError, match="Access Token has expired"):
        directory.ask("GetUser", AccessToken=token)


def test_a_user_changes_the_password_and_stays_signed_in(directory: Directory) -> None:
    tokens = directory.tokens()
    change = {"AccessToken": tokens["AccessToken"], "PreviousPassword": PASSWORD}
    with pytest.raises(NotAuthorizedError, match="Incorrect username or password"):
        directory.ask("ChangePassword", **change | {"PreviousPassword": "Wrong-horse-7-staple", "ProposedPassword": "New-horse-9-staple"})
    with pytest.raises(InvalidPasswordError):
        directory.ask("ChangePassword", **change, ProposedPassword="weak")

    directory.ask("ChangePassword", **change, ProposedPassword="New-horse-9-staple")

    assert directory.tokens(password="New-horse-9-staple")["IdToken"]
    assert directory.refresh(tokens["RefreshToken"])["IdToken"]


def test_a_user_writes_only_the_attributes_that_the_client_may(directory: Directory) -> None:
    token = directory.tokens(directory.client(WriteAttributes=["name"]))["AccessToken"]
    directory.ask("UpdateUserAttributes", AccessToken=token, UserAttributes=[{"Name": "name", "Value": "Anna"}])
    with pytest.raises(NotAuthorizedError, match="unauthorized attribute"):
        directory.ask("UpdateUserAttributes", AccessToken=token, UserAttributes=[{"Name": "custom:tenant", "Value": "south"}])
    shown = {one["Name"]: one["Value"] for one in directory.here("AdminGetUser", Username=EMAIL)["UserAttributes"]}
    assert shown["name"] == "Anna"
    assert "custom:tenant" not in shown
