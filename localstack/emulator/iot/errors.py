"""What the registry refuses, in AWS IoT's words. The service turns each into AWS's error shape of the same code and status."""


class IoTError(Exception):
    """A refusal. `code` names AWS's exception; `details` are its further members."""

    code = "InternalFailureException"

    def __init__(self, message: str, **details: str) -> None:
        super().__init__(message)
        self.details = details


class InvalidRequestError(IoTError):
    """The request breaks a rule of the API."""

    code = "InvalidRequestException"


class NotFoundError(IoTError):
    """What the request names does not exist."""

    code = "ResourceNotFoundException"


class AlreadyExistsError(IoTError):
    """The name is taken by something else than what the request describes."""

    code = "ResourceAlreadyExistsException"


class DeleteConflictError(IoTError):
    """What is to be deleted is still in use."""

    code = "DeleteConflictException"


class VersionConflictError(IoTError):
    """The thing or group is not at the version that the caller expects."""

    code = "VersionConflictException"


class VersionsLimitExceededError(IoTError):
    """The policy has as many versions as are kept."""

    code = "VersionsLimitExceededException"


class MalformedPolicyError(IoTError):
    """The document is no IoT policy."""

    code = "MalformedPolicyException"


class CertificateStateError(IoTError):
    """The certificate's status forbids it."""

    code = "CertificateStateException"


class CertificateValidationError(IoTError):
    """The certificate is not what it has to be."""

    code = "CertificateValidationException"


class RegistrationCodeValidationError(IoTError):
    """The verification certificate does not carry this account's registration code."""

    code = "RegistrationCodeValidationException"


class SqlParseError(IoTError):
    """The rule's SQL is wrong, or uses a function that the rules engine does not have."""

    code = "SqlParseException"


class UnauthorizedError(IoTError):
    """AWS's answer about a topic rule that does not exist."""

    code = "UnauthorizedException"
