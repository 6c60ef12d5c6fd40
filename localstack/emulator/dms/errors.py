"""What the control plane refuses, in DMS's words."""


class DmsError(Exception):
    """A refusal; `code` names AWS's exception."""

    code = "InternalFailure"


class InvalidParameterError(DmsError):
    """A value that DMS does not take, or that is not supported here."""

    code = "InvalidParameterValueException"


class InvalidCombinationError(DmsError):
    """Values that do not go together, or not in this state of the task."""

    code = "InvalidParameterCombinationException"


class NotFoundError(DmsError):
    """What the request names does not exist."""

    code = "ResourceNotFoundFault"


class AlreadyExistsError(DmsError):
    """The identifier is taken."""

    code = "ResourceAlreadyExistsFault"


class InvalidStateError(DmsError):
    """The resource's state does not allow it."""

    code = "InvalidResourceStateFault"
