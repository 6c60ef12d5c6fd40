"""The `iot` service as LocalStack calls it: requests checked against AWS's model, each in one transaction of the registry.

What the registry does not do is moto's, where that does not need the registry: moto knows none of its things and forgets its own.
"""

from collections.abc import Callable
from typing import Any

from botocore.model import OperationModel, ServiceModel
from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.services.moto import call_moto
from localstack.services.plugins import Service

from emulator.iot import (
    attachments,
    ca_certificates,
    certificates,
    effective_policies,
    endpoints,
    groups,
    policies,
    rules,
    tags,
    thing_types,
    things,
)
from emulator.iot.constraints import checked
from emulator.iot.errors import IoTError
from emulator.iot.operation import Operation
from emulator.iot.registry import Registry

type Handler = Callable[[RequestContext, Any], Any]

OPERATIONS: dict[str, Operation] = {
    **things.OPERATIONS,
    **thing_types.OPERATIONS,
    **groups.OPERATIONS,
    **policies.OPERATIONS,
    **attachments.OPERATIONS,
    **effective_policies.OPERATIONS,
    **certificates.OPERATIONS,
    **ca_certificates.OPERATIONS,
    **rules.OPERATIONS,
    **endpoints.OPERATIONS,
    **tags.OPERATIONS,
}
MOTO_SUBJECTS = ("Job", "DomainConfiguration", "RoleAlias", "BillingGroup")
"""What moto answers for, by a word in the operation's name; other operations are answered as not implemented."""


def service(model: ServiceModel, registry: Registry) -> Service:
    """The service over a registry."""
    handlers: dict[str, Handler] = {name: _to_moto for name in model.operation_names if any(subject in name for subject in MOTO_SUBJECTS)}
    for name, operation in OPERATIONS.items():
        handlers[name] = _handler(registry, model.operation_model(name), operation)
    return Service(name="iot", skeleton=Skeleton(model, handlers))


def _handler(registry: Registry, model: OperationModel, operation: Operation) -> Handler:
    def handle(context: RequestContext, request: Any) -> Any:
        try:
            typed = checked(model.input_shape, request or {})
            with registry.session(context.account_id, context.region) as session:
                return operation(session, typed)
        except IoTError as error:
            raise _refusal(model, error) from error

    return handle


def _refusal(model: OperationModel, error: IoTError) -> CommonServiceException:
    """The error as LocalStack serialises it: AWS's code and status, and the members of AWS's shape."""
    shape = model.service_model.shape_for(error.code)
    refusal = CommonServiceException(error.code, str(error), status_code=shape.metadata["error"]["httpStatusCode"], sender_fault=True)
    for member, value in error.details.items():
        setattr(refusal, member, value)
    return refusal


def _to_moto(context: RequestContext, _request: Any) -> Any:
    return call_moto(context)
