"""Cognito's answers and a key set's, mapped to the ports of `security`."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
import urllib3
from botocore.stub import Stubber

from chalicelib.adapters.cognito import CognitoIdentityProvider
from chalicelib.adapters.csrf_secret import csrf_key
from chalicelib.adapters.jwks import HttpSigningKeys
from chalicelib.domain.errors import UnavailableError
from chalicelib.security.ports import Tokens

TOKENS = {"AuthenticationResult": {"IdToken": "id", "AccessToken": "access", "RefreshToken": "refresh"}}


@pytest.fixture
def stubber() -> Iterator[Stubber]:
    client: Any = boto3.client("cognito-idp", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as it:
        yield it
        it.assert_no_pending_responses()


@pytest.fixture
def provider(stubber: Stubber) -> CognitoIdentityProvider:
    return CognitoIdentityProvider(stubber.client, "web")  # type: ignore[arg-type]


def test_a_sign_in_gives_tokens_that_no_repr_shows(stubber: Stubber, provider: CognitoIdentityProvider) -> None:
    asked = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "a@b.example", "PASSWORD": "p"}, "ClientId": "web"}
    stubber.add_response("initiate_auth", TOKENS, asked)

    tokens = provider.sign_in("a@b.example", "p")

    assert tokens == Tokens("id", "refresh")
    assert repr(tokens) == "Tokens()"


@pytest.mark.parametrize(
    "code",
    [
        "NotAuthorizedException",
        "UserNotFoundException",
        "UserNotConfirmedException",
        "PasswordResetRequiredException",
        "InvalidParameterException",
    ],
)
def test_every_refusal_is_the_same(stubber: Stubber, provider: CognitoIdentityProvider, code: str) -> None:
    stubber.add_client_error("initiate_auth", code)
    stubber.add_client_error("get_tokens_from_refresh_token", code)

    assert provider.sign_in("a@b.example", "p") is None
    assert provider.refresh("refresh") is None


def test_a_challenge_is_no_sign_in(stubber: Stubber, provider: CognitoIdentityProvider) -> None:
    stubber.add_response("initiate_auth", {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "x" * 20})

    assert provider.sign_in("a@b.example", "p") is None


def test_a_refresh_token_rotates_or_goes_on(stubber: Stubber, provider: CognitoIdentityProvider) -> None:
    stubber.add_response("get_tokens_from_refresh_token", TOKENS, {"RefreshToken": "old", "ClientId": "web"})
    stubber.add_response("get_tokens_from_refresh_token", {"AuthenticationResult": {"IdToken": "id"}})

    assert provider.refresh("old") == Tokens("id", "refresh")
    assert provider.refresh("old") == Tokens("id", "old")


@pytest.mark.parametrize("code", ["TooManyRequestsException", "InternalErrorException", "ResourceNotFoundException"])
def test_a_pool_that_does_not_answer_says_nothing_of_the_user(stubber: Stubber, provider: CognitoIdentityProvider, code: str) -> None:
    for operation in ("initiate_auth", "get_tokens_from_refresh_token", "revoke_token"):
        stubber.add_client_error(operation, code, "User a@b.example ...")

    with pytest.raises(UnavailableError, match=code) as raised:
        provider.sign_in("a@b.example", "p")
    with pytest.raises(UnavailableError):
        provider.refresh("refresh")
    with pytest.raises(UnavailableError):
        provider.revoke("refresh")
    assert "a@b.example" not in str(raised.value)


def test_revoking_again_does_no_harm(stubber: Stubber, provider: CognitoIdentityProvider) -> None:
    stubber.add_response("revoke_token", {}, {"Token": "refresh", "ClientId": "web"})
    stubber.add_client_error("revoke_token", "NotAuthorizedException")
    stubber.add_client_error("revoke_token", "UnsupportedTokenTypeException")

    for _ in range(3):
        provider.revoke("refresh")


@contextmanager
def _served(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """An issuer that answers everything alike, and the paths that it was asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/pool", paths
        finally:
            server.shutdown()
            thread.join()


def test_keys_are_under_the_issuers_well_known_address() -> None:
    with _served(200, b'{"keys": [{"kid": "k1", "kty": "RSA"}]}') as (issuer, paths), urllib3.PoolManager() as pool:
        assert HttpSigningKeys(pool, issuer).fetch() == [{"kid": "k1", "kty": "RSA"}]

    assert paths == ["/pool/.well-known/jwks.json"]


@pytest.mark.parametrize(("status", "body"), [(500, b"{}"), (404, b""), (302, b""), (200, b"{"), (200, b"{}"), (200, b'{"keys": 1}')])
def test_what_is_no_key_set(status: int, body: bytes) -> None:
    with _served(status, body) as (issuer, _), urllib3.PoolManager() as pool, pytest.raises(UnavailableError):
        HttpSigningKeys(pool, issuer).fetch()


def test_an_issuer_that_is_not_there() -> None:
    with urllib3.PoolManager() as pool, pytest.raises(UnavailableError):
        HttpSigningKeys(pool, "http://127.0.0.1:1/pool").fetch()


@pytest.mark.parametrize("text", ['{"csrf_key": "short"}', "{}", "x"])
def test_a_key_that_is_none_is_refused_without_being_told(aws: None, text: str) -> None:
    client: Any = boto3.client("secretsmanager")
    client.create_secret(Name="csrf", SecretString=text)

    with pytest.raises(UnavailableError) as raised:
        csrf_key(client, "csrf")
    assert "short" not in str(raised.value)


def test_the_key_of_csrf_tokens(aws: None) -> None:
    client: Any = boto3.client("secretsmanager")
    client.create_secret(Name="csrf", SecretString=f'{{"csrf_key": "{"k" * 64}"}}')

    assert csrf_key(client, "csrf") == b"k" * 64
    with pytest.raises(UnavailableError):
        csrf_key(client, "other")
