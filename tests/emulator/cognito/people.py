"""Talking to user pools in tests: operations by name, and tokens read with the published keys alone."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet

from emulator.cognito.directory import UserPools

CALLER = ("000000000000", "eu-west-1")
EMAIL, PASSWORD = "anna@clinic.example", "Correct-horse-7-staple"


class Clock:
    """Epoch seconds that move when a test says so."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now

    def turn(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass."""
        self.now += seconds + 60 * minutes + 3600 * hours + 86_400 * days


def until[T](condition: Callable[[], T], seconds: float = 20.0) -> T:
    """The condition's first true value; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{condition} did not come true within {seconds} s"
    return value


def verified(token: str, key_set: dict[str, Any]) -> dict[str, Any]:
    """A token's claims, once its signature is proved with a key set as its verifiers fetch it."""
    return dict(jwt.decode(token, KeySet.import_key_set(key_set), algorithms=["RS256"]).claims)  # type: ignore[arg-type]


def secret_hash(secret: str, client_id: str, name: str = EMAIL) -> str:
    """What a client with a secret adds to a user's sign-in."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{name}{client_id}".encode(), hashlib.sha256)).decode()


class Directory:
    """User pools with one pool that signs in by email, one client and one user."""

    def __init__(self, user_pools: UserPools) -> None:
        self.user_pools = user_pools
        schema = [
            {"Name": "tenant", "AttributeDataType": "String", "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "8"}},
            {"Name": "badge", "AttributeDataType": "Number", "Mutable": False},
        ]
        settings = {"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": False}, "Schema": schema}
        self.pool_id: str = self.ask("CreateUserPool", PoolName="people", **settings)["UserPool"]["Id"]
        self.client_id = self.client()
        self.add_user(EMAIL)

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """An operation's answer."""
        return self.user_pools.answer(operation, CALLER, request)

    def here(self, operation: str, **request: Any) -> dict[str, Any]:
        """An operation on this pool."""
        return self.ask(operation, UserPoolId=self.pool_id, **request)

    def client(self, **settings: Any) -> str:
        """A new client's id; it may sign in by password and refresh, unless the settings say otherwise."""
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        answer = self.here("CreateUserPoolClient", **({"ClientName": "web", "ExplicitAuthFlows": flows} | settings))
        return str(answer["UserPoolClient"]["ClientId"])

    def rotating(self, grace_s: int, **settings: Any) -> str:
        """A new client that gets a new refresh token with every refresh."""
        rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace_s}
        return self.client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"], RefreshTokenRotation=rotation, **settings)

    def add_user(self, email: str, **attributes: str) -> str:
        """A new user with the usual password; its user name."""
        listed = [{"Name": name.replace("__", ":"), "Value": value} for name, value in attributes.items()]
        made = self.here("AdminCreateUser", Username=email, MessageAction="SUPPRESS", UserAttributes=listed)["User"]
        self.here("AdminSetUserPassword", Username=email, Password=PASSWORD, Permanent=True)
        return str(made["Username"])

    def sign_in(self, client_id: str | None = None, *, name: str = EMAIL, password: str = PASSWORD, **more: str) -> dict[str, Any]:
        """InitiateAuth's answer to a user name and password."""
        given = {"USERNAME": name, "PASSWORD": password, **more}
        return self.ask("InitiateAuth", ClientId=client_id or self.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)

    def tokens(self, client_id: str | None = None, **more: str) -> dict[str, Any]:
        """What a sign-in gives."""
        result: dict[str, Any] = self.sign_in(client_id, **more)["AuthenticationResult"]
        return result

    def refresh(self, token: str, client_id: str | None = None, **more: str) -> dict[str, Any]:
        """What GetTokensFromRefreshToken gives."""
        answer = self.ask("GetTokensFromRefreshToken", ClientId=client_id or self.client_id, RefreshToken=token, **more)
        result: dict[str, Any] = answer["AuthenticationResult"]
        return result

    def claims(self, token: str) -> dict[str, Any]:
        """A token's claims, verified with the published keys."""
        return verified(token, self.user_pools.keys.published().as_dict(private=False))  # type: ignore[arg-type]
