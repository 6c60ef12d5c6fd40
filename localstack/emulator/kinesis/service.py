"""The provider as LocalStack wants it: a service whose skeleton parses requests, and a handler for each operation."""

from collections.abc import Callable
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.plugins import Service

from emulator.kinesis.call import Operation
from emulator.kinesis.constraints import check
from emulator.kinesis.provider import OPERATIONS, KinesisProvider
from emulator.kinesis.wire import written


def kinesis_service(provider: KinesisProvider) -> Service:
    """What LocalStack loads and routes requests to."""
    handlers = {name: _handler(provider, operation) for name, operation in OPERATIONS.items()}
    return Service(name="kinesis", skeleton=Skeleton(load_service("kinesis"), handlers))


def _handler(provider: KinesisProvider, operation: Operation) -> Callable[[RequestContext, Any], Any]:
    def handle(context: RequestContext, request: Any) -> Any:
        check(context.operation, request)
        return written(context, provider.call(operation, request, context.account_id, context.region))

    return handle
