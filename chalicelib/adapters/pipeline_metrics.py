"""How far behind each hop from device to read model is, as CloudWatch knows it: AWS's own metrics, and ours where AWS has none.

A figure is the worst of the last full or running minute in which there was any; where nothing flowed for minutes there is none.
IteratorAge is the age of a batch's last record when its function began with it (Lambda developer guide, "Types of metrics for
Lambda functions"), IteratorAgeMilliseconds the same of one shard, whoever reads it (Kinesis developer guide, "Monitoring the Amazon
Kinesis Data Streams service"); CDCLatencySource and CDCLatencyTarget: AWS DMS user guide, "Monitoring AWS DMS tasks".
"""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the stubs do not ship
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionFilterTypeDef, MetricDataQueryTypeDef, MetricTypeDef

_PERIOD_S = 60
_WINDOW = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Metric:
    """A metric and what its figure is called, unit included."""

    figure: str
    namespace: str
    name: str
    dimensions: dict[str, str]


def figures(client: "CloudWatchClient", stage: str, now_ms: int) -> dict[str, float]:
    """The figures that there are, by name. Raises what the client raises."""
    shards = [metric for stream in ("telemetry", "changes") for metric in _shards(client, stage, stream)]
    metrics = [*_of_stage(stage), *shards, *_replication(client, stage)]
    now = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC)
    answer = client.get_metric_data(
        MetricDataQueries=[_query(place, metric) for place, metric in enumerate(metrics)],
        StartTime=now - _WINDOW,
        EndTime=now + dt.timedelta(seconds=_PERIOD_S),
        ScanBy="TimestampDescending",
    )
    latest = {result["Id"]: result["Values"][0] for result in answer["MetricDataResults"] if result.get("Values")}
    return {metric.figure: float(latest[f"m{place}"]) for place, metric in enumerate(metrics) if f"m{place}" in latest}


def _of_stage(stage: str) -> list[_Metric]:
    return [
        _Metric("telemetry_lag_ms", "AWS/Lambda", "IteratorAge", {"FunctionName": f"gonio-{stage}-ingest"}),
        _Metric("changes_lag_ms", "AWS/Lambda", "IteratorAge", {"FunctionName": f"gonio-{stage}-project"}),
        _Metric("read_model_latency_ms", "Gonio", "ReadModelLatency", {"Stage": stage, "service": "project"}),
        _Metric("dead_letters", "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": f"gonio-{stage}-dead-letters"}),
    ]


def _shards(client: "CloudWatchClient", stage: str, stream: str) -> list[_Metric]:
    """The lag of each shard that told of it in the last hours: shards come and go."""
    named: DimensionFilterTypeDef = {"Name": "StreamName", "Value": f"gonio-{stage}-{stream}"}
    namespace, name = "AWS/Kinesis", "IteratorAgeMilliseconds"
    listed = client.list_metrics(Namespace=namespace, MetricName=name, Dimensions=[named], RecentlyActive="PT3H")["Metrics"]
    found = [{it["Name"]: it["Value"] for it in metric["Dimensions"]} for metric in listed]
    by_shard = {it["ShardId"]: it for it in found if "ShardId" in it}
    return [_Metric(f"{stream}_lag_ms.{shard_id}", namespace, name, by_shard[shard_id]) for shard_id in sorted(by_shard)]


def _replication(client: "CloudWatchClient", stage: str) -> list[_Metric]:
    """Both latencies of the task on the stage's replication instance; its identifier is AWS's to choose, and so it is looked up."""
    instance: DimensionFilterTypeDef = {"Name": "ReplicationInstanceIdentifier", "Value": f"gonio-{stage}"}
    listed = client.list_metrics(Namespace="AWS/DMS", MetricName="CDCLatencyTarget", Dimensions=[instance])["Metrics"]
    tasks = [{it["Name"]: it["Value"] for it in metric["Dimensions"]} for metric in listed]
    dimensions = next((it for it in tasks if "ReplicationTaskIdentifier" in it), None)
    if dimensions is None:
        return []
    names = {"replication_source_latency_s": "CDCLatencySource", "replication_target_latency_s": "CDCLatencyTarget"}
    return [_Metric(figure, "AWS/DMS", name, dimensions) for figure, name in names.items()]


def _query(place: int, metric: _Metric) -> "MetricDataQueryTypeDef":
    what: MetricTypeDef = {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions.items()],
    }
    return {"Id": f"m{place}", "MetricStat": {"Metric": what, "Period": _PERIOD_S, "Stat": "Maximum"}}
