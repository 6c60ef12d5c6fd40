"""What it means when a JSON payload cannot be decoded: one answer for every kind of message."""

import msgspec

from chalicelib.domain.errors import PoisonError, ReasonCode

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""All that msgspec raises for bytes that are not the wanted JSON."""


def refusal(error: Exception, invalid: ReasonCode) -> PoisonError:
    """The payload's fault: no JSON, another version, or else the given code for JSON of the wrong shape."""
    if isinstance(error, msgspec.ValidationError):
        return PoisonError(ReasonCode.UNSUPPORTED_VERSION if str(error).endswith("`$.v`") else invalid, str(error))
    message = "It is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return PoisonError(ReasonCode.NOT_JSON, message)
