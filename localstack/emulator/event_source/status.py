"""A mapping's state where LocalStack's API and CloudWatch show it."""

from threading import Lock, Thread
from time import monotonic
from typing import Any

from localstack.services.lambda_.invocation.models import lambda_stores
from localstack.utils.cloudwatch.cloudwatch_util import publish_lambda_metric

METRIC_PERIOD_S = 60.0
"""CloudWatch's resolution for Lambda's metrics: one value a mapping and period, the highest."""


class StoredMapping:
    """One mapping's entry in LocalStack's store, as GetEventSourceMapping and ListEventSourceMappings read it."""

    def __init__(self, function_arn: str, uuid: str) -> None:
        _, _, _, region, account_id, *_ = function_arn.split(":")
        self._entries = lambda_stores[account_id][region].event_source_mappings
        self._uuid = uuid

    def update(self, **fields: Any) -> None:
        """Change what the API shows; nothing where the mapping is gone."""
        if entry := self._entries.get(self._uuid):
            entry.update(fields)

    def remove(self) -> None:
        """The mapping is deleted."""
        self._entries.pop(self._uuid, None)


class MappingStatus:
    """LastProcessingResult in the store, and AWS/Lambda's IteratorAge. Thread-safe."""

    def __init__(self, mapping: StoredMapping, function_arn: str) -> None:
        self._mapping = mapping
        self._arn = function_arn.split(":")
        self._lock = Lock()
        self._age_ms = 0
        self._published_at = monotonic()

    def processed(self, result: str) -> None:
        """Show the last invocation's result."""
        self._mapping.update(LastProcessingResult=result)

    def iterator_age(self, age_ms: int) -> None:
        """Take a batch's age into account; publish when the period is over, away from the lane that calls."""
        with self._lock:
            self._age_ms = max(self._age_ms, age_ms)
            if monotonic() - self._published_at < METRIC_PERIOD_S:
                return
            highest, self._age_ms, self._published_at = self._age_ms, 0, monotonic()
        Thread(target=self._publish, args=(highest,), daemon=True).start()

    def _publish(self, age_ms: int) -> None:
        publish_lambda_metric("IteratorAge", age_ms, {"func_name": self._arn[6]}, account_id=self._arn[4], region_name=self._arn[3])
