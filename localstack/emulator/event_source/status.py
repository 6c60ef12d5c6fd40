"""A mapping's state where LocalStack's API and CloudWatch show it."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock

from botocore.exceptions import BotoCoreError, ClientError
from localstack.aws.connect import connect_to
from localstack.utils.bootstrap import is_api_enabled

from emulator.event_source.lag_metrics import lag_metrics
from emulator.event_source.model import Consumer
from emulator.event_source.stored_mapping import StoredMapping

LOG = logging.getLogger(__name__)


class MappingStatus:
    """LastProcessingResult in the store; AWS/Lambda's IteratorAge and AWS/Kinesis' IteratorAgeMilliseconds. Thread-safe."""

    def __init__(self, mapping: StoredMapping, consumer: Consumer) -> None:
        self._mapping = mapping
        self._consumer = consumer
        self._lock = Lock()
        self._ages_ms: dict[str, int] = {}

    def processed(self, result: str) -> None:
        """Show the last invocation's result."""
        self._mapping.update(LastProcessingResult=result)

    def iterator_age(self, shard_id: str, age_ms: int) -> None:
        """Take a batch's age into account."""
        with self._lock:
            self._ages_ms[shard_id] = max(self._ages_ms.get(shard_id, 0), age_ms)

    def lags(self, lags_ms: Mapping[str, int]) -> None:
        """Publish what came since the last time. CloudWatch that does not answer is no reason to stop consuming."""
        with self._lock:
            ages_ms, self._ages_ms = self._ages_ms, {}
        if not is_api_enabled("cloudwatch"):
            return
        _, _, _, region, account_id, *_ = self._consumer.function_arn.split(":")
        try:
            client = connect_to(aws_access_key_id=account_id, region_name=region).cloudwatch
            for namespace, data in lag_metrics(self._consumer, ages_ms, lags_ms, datetime.now(UTC)).items():
                client.put_metric_data(Namespace=namespace, MetricData=data)
        except (ClientError, BotoCoreError) as error:
            LOG.warning("Metrics of %s were not published: %s", self._consumer.function_arn, error)
