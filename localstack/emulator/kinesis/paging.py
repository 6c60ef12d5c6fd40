"""Pages of lists, and the tokens that lead from one to the next."""

from collections.abc import Sequence

from localstack.aws.api.kinesis import ExpiredNextTokenException, InvalidArgumentException

from emulator.kinesis import tokens
from emulator.kinesis.call import Call


def page[T](items: Sequence[T], limit: int) -> tuple[list[T], bool]:
    """The first `limit` items, and whether more follow."""
    return list(items[:limit]), len(items) > limit


def unseal(call: Call, token: str) -> object:
    """What a NextToken says."""
    try:
        return tokens.unseal(token, call.clock())
    except tokens.ExpiredTokenError as error:
        raise ExpiredNextTokenException(f"NextToken is older than {tokens.LIFETIME_MS // 1000} seconds.") from error
    except tokens.InvalidTokenError as error:
        raise InvalidArgumentException("NextToken is invalid.") from error
