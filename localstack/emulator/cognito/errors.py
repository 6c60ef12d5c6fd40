"""What user pools refuse, in AWS's words. The service turns each into AWS's error of the same code.

Codes: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html and each operation's page.
"""


class CognitoError(Exception):
    """A refusal. `code` names AWS's exception; `status` is the HTTP status it comes with."""

    code = "InternalErrorException"
    status = 400


class InvalidParameterError(CognitoError):
    """The request breaks a rule of the API, or of the pool's or client's settings."""

    code = "InvalidParameterException"


class NotFoundError(CognitoError):
    """The pool, client or group does not exist."""

    code = "ResourceNotFoundException"


class NotAuthorizedError(CognitoError):
    """The password, secret, token or session is not right, or its owner may not sign in."""

    code = "NotAuthorizedException"


class UserNotFoundError(CognitoError):
    """The user does not exist, told to those who may know."""

    code = "UserNotFoundException"


class UsernameExistsError(CognitoError):
    """The user name, or the address that serves as one, is taken."""

    code = "UsernameExistsException"


class AliasExistsError(CognitoError):
    """An address that serves as user name belongs to another user."""

    code = "AliasExistsException"


class GroupExistsError(CognitoError):
    """The pool has a group of that name."""

    code = "GroupExistsException"


class InvalidPasswordError(CognitoError):
    """The password does not follow the pool's policy."""

    code = "InvalidPasswordException"


class UserStateError(CognitoError):
    """The operation does not fit the user's status."""

    code = "UnsupportedUserStateException"


class RefreshTokenReuseError(CognitoError):
    """The refresh token was rotated out, and its grace period is over."""

    code = "RefreshTokenReuseException"


class UnauthorizedError(CognitoError):
    """A token's revocation was asked by another client than its own."""

    code = "UnauthorizedException"


class UnsupportedTokenError(CognitoError):
    """Only refresh tokens can be revoked."""

    code = "UnsupportedTokenTypeException"


class RevocationDisabledError(CognitoError):
    """The client does not have token revocation."""

    code = "UnsupportedOperationException"


class NotEmulatedError(CognitoError):
    """AWS does it and this emulator does not: said aloud, so that nobody takes silence for protection."""

    code = "InternalFailure"
    status = 501
