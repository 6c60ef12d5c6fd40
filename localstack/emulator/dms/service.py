"""The `dms` service as LocalStack calls it: requests checked against AWS's model, each in one transaction of the store."""

from collections.abc import Callable
from typing import Any

from botocore.model import OperationModel, ServiceModel
from botocore.validate import ParamValidator
from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.services.plugins import Service

from emulator.dms import endpoints, instances, running, tags, tasks
from emulator.dms.errors import DmsError, InvalidParameterError
from emulator.dms.operation import Operation
from emulator.dms.registry import Registry

OPERATIONS: dict[str, Operation] = {
    **endpoints.OPERATIONS,
    **instances.OPERATIONS,
    **running.OPERATIONS,
    **tags.OPERATIONS,
    **tasks.OPERATIONS,
}
"""Other operations are answered as not implemented."""


def service(model: ServiceModel, registry: Registry) -> Service:
    """The service over a registry."""
    handlers = {name: _handler(registry, model.operation_model(name), operation) for name, operation in OPERATIONS.items()}
    return Service(name="dms", skeleton=Skeleton(model, handlers))


def _handler(registry: Registry, model: OperationModel, operation: Operation) -> Callable[[RequestContext, Any], Any]:
    def handle(context: RequestContext, request: Any) -> Any:
        try:
            given = {name: value for name, value in (request or {}).items() if value is not None}
            _check(model, given)
            with registry.session(context.account_id, context.region) as session:
                return operation(session, given)
        except DmsError as error:
            raise CommonServiceException(error.code, str(error), status_code=400, sender_fault=True) from error

    return handle


def _check(model: OperationModel, request: dict[str, Any]) -> None:
    """Required members, types and allowed values. boto3 checks a part of this before it sends; other clients need not."""
    shape: Any = model.input_shape
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise InvalidParameterError(report.generate_report())
    for name, value in request.items():
        allowed = getattr(shape.members[name], "enum", None)
        if allowed and value not in allowed:
            raise InvalidParameterError(f"Value '{value}' at '{name}' is none of {', '.join(allowed)}.")
