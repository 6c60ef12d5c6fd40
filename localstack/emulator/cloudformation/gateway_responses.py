"""What an API answers by itself, as its definition says: `x-amazon-apigateway-gateway-responses`.

LocalStack takes nothing of it from an imported definition, and of a response that was put in another way only the status. Here an import
takes all of them, and bodies and headers are made from their templates: variables are put in, nothing else is evaluated.
Source: API Gateway developer guide, "Gateway responses for REST APIs in API Gateway".
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from localstack.utils.patch import Patch

API = "AWS::ApiGateway::RestApi"
EXTENSION = "x-amazon-apigateway-gateway-responses"
_JSON = "application/json"
_HEADER = "gatewayresponse.header."
_VARIABLE = re.compile(r"\$context((?:\.\w+)+)")


@cache
def install() -> None:
    """Mend API Gateway in this process; twice is once. Its import takes seconds, so whoever deploys no API never asks for it."""
    from localstack.services.apigateway.legacy import provider  # noqa: PLC0415
    from localstack.services.apigateway.next_gen.execute_api.handlers.gateway_exception import GatewayExceptionHandler  # noqa: PLC0415

    Patch(provider, "import_api_from_openapi_spec", _importing(provider.import_api_from_openapi_spec)).apply()
    Patch.function(GatewayExceptionHandler.create_exception_response, _answer).apply()


def rendered(template: str, variables: Mapping[str, Any]) -> str:
    """A template with the values of its `$context` variables; one that is not known is empty. `messageString` comes with its quotes."""
    return _VARIABLE.sub(lambda found: _value(found[1][1:], variables), template)


def _value(path: str, variables: Mapping[str, Any]) -> str:
    value: Any = variables
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if path == "error.messageString":
        return json.dumps(value)
    return "" if value is None else str(value)


def _importing(import_api: Callable[..., Any]) -> Callable[..., Any]:
    """The import of a definition, followed by that of its responses."""

    def import_api_and_responses(rest_api: Any, context: Any, open_api_spec: dict[str, Any], mode: str) -> Any:
        from localstack.services.apigateway.helpers import get_apigateway_store  # noqa: PLC0415
        from localstack.services.apigateway.next_gen.execute_api.gateway_response import build_gateway_response  # noqa: PLC0415

        imported = import_api(rest_api, context=context, open_api_spec=open_api_spec, mode=mode)
        responses = get_apigateway_store(context=context).rest_apis[rest_api.id].gateway_responses
        if mode == "overwrite":
            responses.clear()
        for kind, told in open_api_spec.get(EXTENSION, {}).items():
            responses[kind] = build_gateway_response(
                kind,
                status_code=str(told["statusCode"]) if "statusCode" in told else None,
                response_parameters=told.get("responseParameters"),
                response_templates=told.get("responseTemplates"),
                default_response=False,
            )
        return imported

    return import_api_and_responses


def _answer(create: Callable[..., Any], handler: Any, exception: Any, context: Any) -> Any:
    """LocalStack's answer, with body and headers of the response that the API defines for the exception's type or its class."""
    from localstack.services.apigateway.next_gen.execute_api import gateway_response as known  # noqa: PLC0415

    answer = create(handler, exception, context)
    response = known.get_gateway_response_or_default(exception.type, context.deployment.rest_api.gateway_responses)
    if response is known.DEFAULT_GATEWAY_RESPONSES[exception.type]:
        return answer
    if template := response["responseTemplates"].get(_JSON):
        answer.set_data(rendered(template, context.context_variables))
    for name, expression in response["responseParameters"].items():
        value = expression[1:-1] if expression.startswith("'") else rendered(f"${expression}", context.context_variables)
        answer.headers[name.removeprefix(_HEADER)] = value
    return answer
