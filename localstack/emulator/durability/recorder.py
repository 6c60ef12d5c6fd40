"""Follows LocalStack's answers: what S3 and SQS have carried out is on disk before whoever asked is told."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from emulator.durability.buckets import Buckets
from emulator.durability.contents import Contents
from emulator.durability.queues import Queues

PRINCIPAL = "durability"
_LOG = logging.getLogger(__name__)


class Recorder:
    """A response handler of LocalStack's gateway.

    `client(service, account, region)` gives a client of this LocalStack whose requests say that they are made for `PRINCIPAL`. They pass
    by here: they put back what is known already.
    """

    def __init__(self, contents: Callable[[], Contents], client: Callable[[str, str, str], Any]) -> None:
        self._contents = contents
        self._client = client
        self._opening = threading.Lock()
        self._opened: tuple[Buckets, Queues] | None = None

    def __call__(self, _chain: Any, context: Any, response: Any) -> None:
        """Called with each answer. What cannot be kept was not done: the answer is an internal error, and whoever asked tries again."""
        operation = context.service_operation
        if operation is None or operation.service not in {"s3", "sqs"} or _is_own(context):
            return
        if response.status_code >= 300 or context.service_exception is not None:
            return
        try:
            self._follow(operation, context)
        except Exception:  # noqa: BLE001 - LocalStack would swallow it, and answer as if all were well
            _LOG.exception("%s.%s is not on disk", operation.service, operation.operation)
            response.status_code = 500
            response.data = b""

    def _follow(self, operation: Any, context: Any) -> None:
        buckets, queues = self._stores()
        if operation.service == "s3":
            buckets.took(operation.operation, context.region, context.service_request)
        else:
            scope = (context.account_id, context.region)
            queues.took(operation.operation, scope, context.service_request, context.service_response)

    def _stores(self) -> tuple[Buckets, Queues]:
        with self._opening:
            if self._opened is None:
                contents = self._contents()
                buckets = Buckets(contents, lambda region: self._client("s3", "000000000000", region))
                self._opened = buckets, Queues(contents, lambda account, region: self._client("sqs", account, region))
            return self._opened


def _is_own(context: Any) -> bool:
    return bool(context.internal_request_params) and context.internal_request_params.get("service_principal") == PRINCIPAL
