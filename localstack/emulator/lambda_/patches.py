"""What LocalStack leaves out of Invoke and no executor can reach: limits on the event, and the client context.

Applied once, when LocalStack loads the executor, and so with the Lambda service: importing that service takes a second that a start without
functions need not pay.
"""

from collections.abc import Callable
from functools import cache

from localstack.aws.api.lambda_ import InvalidRequestContentException, RequestTooLargeException
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.lambda_.invocation.lambda_models import Invocation, InvocationResult
from localstack.services.lambda_.invocation.lambda_service import LambdaService
from localstack.utils.patch import Patch

from emulator.lambda_.executor import ProcessExecutor
from emulator.lambda_.request import InvalidRequestContentError, RequestTooLargeError, check_event, client_context_json


@cache
def apply() -> None:
    """Patches LocalStack's Lambda service in this process. Harmless when called again."""
    Patch.function(LambdaService.invoke, _checked_invoke).apply()
    Patch.function(ExecutionEnvironment.invoke, _invoke_with_client_context).apply()


def _checked_invoke(invoke: Callable[..., InvocationResult], service: LambdaService, **request: object) -> InvocationResult:
    payload = request["payload"] or b"{}"
    assert isinstance(payload, bytes)  # noqa: S101 -- LocalStack's signature
    context = request.get("client_context")
    try:
        check_event(payload, str(request.get("invocation_type") or "RequestResponse"))
        client_context_json(context if isinstance(context, str) else None)
    except RequestTooLargeError as error:
        raise RequestTooLargeException(str(error), Type="User") from error
    except InvalidRequestContentError as error:
        raise InvalidRequestContentException(str(error), Type="User") from error
    return invoke(service, **{**request, "payload": payload})


def _invoke_with_client_context(
    invoke: Callable[[ExecutionEnvironment, Invocation], InvocationResult], environment: ExecutionEnvironment, invocation: Invocation
) -> InvocationResult:
    if isinstance(environment.runtime_executor, ProcessExecutor):
        environment.runtime_executor.client_context = client_context_json(invocation.client_context)
    return invoke(environment, invocation)
