"""How far behind a function and the shards that it reads are, as CloudWatch's metrics. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from emulator.event_source.model import Consumer, stream_key

type Metrics = dict[str, list[dict[str, Any]]]
"""Data by namespace, as PutMetricData takes it."""


def lag_metrics(consumer: Consumer, ages_ms: Mapping[str, int], lags_ms: Mapping[str, int], at: datetime) -> Metrics:
    """A function's IteratorAge, where it had batches, and each shard's: of its batches, or of a record that still waits, if older.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, "Performance metrics";
    https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html, "Shard-level metrics".
    """
    found: Metrics = {}
    if ages_ms:
        function = {"FunctionName": consumer.function_arn.split(":")[6]}
        found["AWS/Lambda"] = [_datum("IteratorAge", function, max(ages_ms.values()), at)]
    stream = stream_key(consumer.stream_arn).name
    shards = {shard_id: max(ages_ms.get(shard_id, 0), lags_ms.get(shard_id, 0)) for shard_id in sorted({*ages_ms, *lags_ms})}
    if shards:
        data = [_datum("IteratorAgeMilliseconds", {"StreamName": stream, "ShardId": it}, age_ms, at) for it, age_ms in shards.items()]
        found["AWS/Kinesis"] = data
    return found


def _datum(name: str, dimensions: Mapping[str, str], age_ms: int, at: datetime) -> dict[str, Any]:
    named = [{"Name": dimension, "Value": value} for dimension, value in dimensions.items()]
    return {"MetricName": name, "Dimensions": named, "Timestamp": at, "Value": age_ms, "Unit": "Milliseconds"}
