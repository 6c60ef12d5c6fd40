"""The port `IdentityProvider` on an Amazon Cognito user pool.

An app client without a secret and with USER_PASSWORD_AUTH; refresh tokens rotate where the client says so.
Source: Amazon Cognito user pools API reference, InitiateAuth, GetTokensFromRefreshToken, RevokeToken.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import UnavailableError
from chalicelib.security.ports import Tokens

if TYPE_CHECKING:  # the stubs do not ship
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

# One answer for all of these: which it was would tell whether a user exists.
_REFUSALS = frozenset(
    {
        "InvalidParameterException",
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)


class CognitoIdentityProvider:
    """People's passwords and tokens in a user pool."""

    def __init__(self, client: "CognitoIdentityProviderClient", client_id: str) -> None:
        self._client = client
        self._client_id = client_id

    def sign_in(self, email: str, password: str) -> Tokens | None:
        """See the port. A challenge (a first password, a second factor) is no sign-in yet."""
        try:
            answer = self._client.initiate_auth(
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": password},
                ClientId=self._client_id,
            )
        except (BotoCoreError, ClientError) as error:
            _raise_unless_refused(error)
            return None
        return _tokens(answer, None)

    def refresh(self, refresh_token: str) -> Tokens | None:
        """See the port."""
        try:
            answer = self._client.get_tokens_from_refresh_token(RefreshToken=refresh_token, ClientId=self._client_id)
        except (BotoCoreError, ClientError) as error:
            _raise_unless_refused(error)
            return None
        return _tokens(answer, refresh_token)

    def revoke(self, refresh_token: str) -> None:
        """See the port."""
        try:
            self._client.revoke_token(Token=refresh_token, ClientId=self._client_id)
        except (BotoCoreError, ClientError) as error:
            if _code(error) not in {*_REFUSALS, "UnsupportedTokenTypeException"}:
                raise UnavailableError(f"The user pool does not revoke a token: {error}") from error


def _tokens(answer: Any, refresh_token: str | None) -> Tokens | None:
    """Without rotation the answer to a refresh has no refresh token: the old one goes on."""
    result = answer.get("AuthenticationResult", {})
    kept = result.get("RefreshToken", refresh_token)
    if "IdToken" not in result or kept is None:
        return None
    return Tokens(result["IdToken"], kept)


def _raise_unless_refused(error: BotoCoreError | ClientError) -> None:
    """Nothing for a refusal; raises for all else, throttling too. Cognito's messages may name the user, so they stay out."""
    if _code(error) not in _REFUSALS:
        raise UnavailableError(f"The user pool does not answer: {_code(error)}") from error


def _code(error: BotoCoreError | ClientError) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
