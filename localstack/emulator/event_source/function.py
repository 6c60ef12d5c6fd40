"""The function, invoked in this process through LocalStack's Lambda service."""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from localstack.aws.api import ServiceException
from localstack.aws.api.lambda_ import InvocationType
from localstack.services.lambda_.api_utils import function_locators_from_arn
from localstack.services.plugins import SERVICE_PLUGINS

from emulator.event_source.batch_run import Invocation, NotInvoked
from emulator.event_source.response import Answer

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LocalStackFunction:
    """A function, version or alias by its ARN. Goes past the gateway: no request to parse, no IAM."""

    arn: str

    def invoke(self, payload: bytes) -> Answer | NotInvoked:
        """Invoke synchronously; throttles and whatever else keeps the function from running make NotInvoked."""
        request_id = str(uuid4())
        try:
            return _answer(self._call(payload, request_id), request_id)
        except ServiceException as error:
            if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                # Trying this again cannot help, so it counts as the function's failure.
                return Answer(Invocation(request_id, "$LATEST", error.status_code, error.code), b"")
            return NotInvoked(error.code)
        except Exception:  # the boundary to LocalStack, which lets errors of any kind through
            LOG.exception("Invocation of %s failed before the function ran", self.arn)
            return NotInvoked("Internal error")

    def _call(self, payload: bytes, request_id: str) -> Any:
        name, qualifier, account_id, region = function_locators_from_arn(self.arn)
        return SERVICE_PLUGINS.get_service("lambda").lifecycle_hook.lambda_service.invoke(
            function_name=name,
            qualifier=qualifier,
            region=region,
            account_id=account_id,
            invocation_type=InvocationType.RequestResponse,
            client_context=None,
            request_id=request_id,
            payload=payload,
        )


def _answer(result: Any, request_id: str) -> Answer:
    error = "Unhandled" if result.is_error else None
    return Answer(Invocation(request_id, result.executed_version or "$LATEST", HTTPStatus.OK, error), result.payload or b"")
