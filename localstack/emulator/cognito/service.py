"""The `cognito-idp` service as LocalStack calls it."""

from functools import partial
from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.services.plugins import Service

from emulator.cognito.call import Answer
from emulator.cognito.directory import OPERATIONS, UserPools
from emulator.cognito.errors import CognitoError


def service(user_pools: UserPools) -> Service:
    """The service over the pools."""
    handlers: dict[str, Any] = {name: partial(_handle, user_pools, name) for name in OPERATIONS}
    return Service(name="cognito-idp", skeleton=Skeleton(user_pools.model, handlers))


def _handle(user_pools: UserPools, operation: str, context: RequestContext, request: Any) -> Answer:
    try:
        return user_pools.answer(operation, (context.account_id, context.region), request or {})
    except CognitoError as error:
        raise CommonServiceException(error.code, str(error), status_code=error.status, sender_fault=error.status < 500) from error
