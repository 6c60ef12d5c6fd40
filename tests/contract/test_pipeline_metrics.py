"""What the health tells of CloudWatch's metrics, on moto's CloudWatch."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.pipeline_metrics import figures

NOW = dt.datetime(2026, 11, 24, 8, 0, 30, tzinfo=dt.UTC)
NOW_MS = int(NOW.timestamp() * 1000)
SHARDS = [
    ("gonio-local-telemetry", "shardId-000000000000", 0.0),
    ("gonio-local-telemetry", "shardId-000000000001", 120.0),
    ("gonio-local-changes", "shardId-000000000000", 45.0),
]
TASK = {"ReplicationInstanceIdentifier": "gonio-local", "ReplicationTaskIdentifier": "ABC123"}


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cloudwatch", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")


def put(cloudwatch: Any, namespace: str, name: str, dimensions: dict[str, str], *values: float, ago_s: int = 0) -> None:
    common = {"MetricName": name, "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()]}
    at = NOW - dt.timedelta(seconds=ago_s)
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[{**common, "Timestamp": at, "Value": value} for value in values])


def test_each_hop_has_its_figure(cloudwatch: Any) -> None:
    put(cloudwatch, "AWS/Lambda", "IteratorAge", {"FunctionName": "gonio-local-ingest"}, 120, 90)
    put(cloudwatch, "AWS/Lambda", "IteratorAge", {"FunctionName": "gonio-local-project"}, 45)
    for stream, shard_id, age_ms in SHARDS:
        put(cloudwatch, "AWS/Kinesis", "IteratorAgeMilliseconds", {"StreamName": stream, "ShardId": shard_id}, age_ms)
    put(cloudwatch, "AWS/DMS", "CDCLatencySource", TASK, 0.5)
    put(cloudwatch, "AWS/DMS", "CDCLatencyTarget", TASK, 1.5)
    put(cloudwatch, "Gonio", "ReadModelLatency", {"Stage": "local", "service": "project"}, 310, 290)
    put(cloudwatch, "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "gonio-local-dead-letters"}, 2)
    assert figures(cloudwatch, "local", NOW_MS) == {
        "telemetry_lag_ms": 120.0,
        "changes_lag_ms": 45.0,
        "telemetry_lag_ms.shardId-000000000000": 0.0,
        "telemetry_lag_ms.shardId-000000000001": 120.0,
        "changes_lag_ms.shardId-000000000000": 45.0,
        "replication_source_latency_s": 0.5,
        "replication_target_latency_s": 1.5,
        "read_model_latency_ms": 310.0,
        "dead_letters": 2.0,
    }


def test_the_newest_minute_that_has_any_stands(cloudwatch: Any) -> None:
    put(cloudwatch, "AWS/Lambda", "IteratorAge", {"FunctionName": "gonio-local-ingest"}, 9000, ago_s=200)
    put(cloudwatch, "AWS/Lambda", "IteratorAge", {"FunctionName": "gonio-local-ingest"}, 70, ago_s=100)
    assert figures(cloudwatch, "local", NOW_MS) == {"telemetry_lag_ms": 70.0}


def test_what_is_old_or_another_stages_makes_no_figure(cloudwatch: Any) -> None:
    put(cloudwatch, "AWS/Lambda", "IteratorAge", {"FunctionName": "gonio-local-ingest"}, 9000, ago_s=900)
    put(cloudwatch, "AWS/Lambda", "IteratorAge", {"FunctionName": "gonio-other-ingest"}, 9000)
    put(cloudwatch, "AWS/Kinesis", "IteratorAgeMilliseconds", {"StreamName": "gonio-other-telemetry", "ShardId": SHARDS[0][1]}, 9000)
    put(
        cloudwatch, "AWS/Kinesis", "IteratorAgeMilliseconds", {"StreamName": "gonio-local-telemetry", "ShardId": SHARDS[0][1]}, 5, ago_s=900
    )
    put(cloudwatch, "AWS/Kinesis", "IteratorAgeMilliseconds", {"StreamName": "gonio-local-telemetry"}, 9000)
    put(cloudwatch, "AWS/DMS", "CDCLatencyTarget", {**TASK, "ReplicationInstanceIdentifier": "gonio-other"}, 5)
    put(cloudwatch, "Gonio", "ReadModelLatency", {"Stage": "other", "service": "project"}, 9000)
    assert figures(cloudwatch, "local", NOW_MS) == {}
