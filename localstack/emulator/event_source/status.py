"""A mapping's state where LocalStack's API and CloudWatch show it."""

from threading import Lock, Thread
from time import monotonic

from localstack.utils.cloudwatch.cloudwatch_util import publish_lambda_metric

from emulator.event_source.stored_mapping import StoredMapping

METRIC_PERIOD_S = 60.0
"""CloudWatch's resolution for Lambda's metrics: one value a mapping and period, the highest."""


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
