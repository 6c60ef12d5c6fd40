"""Questions to the platform's components that cost little. Each answers with figures, and raises when its component is not well."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.adapters import pipeline_metrics
from chalicelib.adapters.mysql import MySqlDatabase
from chalicelib.adapters.service_clients import ServiceClients
from chalicelib.domain.errors import UnavailableError
from chalicelib.domain.service_calls import ServiceRequest
from chalicelib.ports import Clock

if TYPE_CHECKING:  # the stubs do not ship
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dms import DatabaseMigrationServiceClient
    from mypy_boto3_dms.type_defs import FilterTypeDef
    from mypy_boto3_kinesis import KinesisClient

Check = Callable[[], Mapping[str, float]]
DEADLINE_S = 2.0
_UNDER_WAY = frozenset({"starting", "running"})
_TASK_FIGURES = {"tables_loaded": "TablesLoaded", "tables_errored": "TablesErrored"}


def database_check(database: MySqlDatabase) -> Check:
    """Whether the database answers. The connection must be the check's own."""

    def check() -> Mapping[str, float]:
        with database.transaction() as cursor:
            cursor.execute("SELECT 1")
        return {}

    return check


def search_check(client: Callable[[], Any]) -> Check:
    """Whether OpenSearch answers and has all primary shards."""

    def check() -> Mapping[str, float]:
        health = client().cluster.health(params={"request_timeout": DEADLINE_S})
        if health["status"] == "red":
            raise UnavailableError("OpenSearch lacks primary shards")
        return {"active_shards": float(health["active_shards"])}

    return check


def stream_check(client: "KinesisClient", stream_name: str) -> Check:
    """Whether the stream takes and gives records."""

    def check() -> Mapping[str, float]:
        summary = client.describe_stream_summary(StreamName=stream_name)["StreamDescriptionSummary"]
        if summary["StreamStatus"] not in {"ACTIVE", "UPDATING"}:
            raise UnavailableError(f"The stream {stream_name} is {summary['StreamStatus']}")
        return {"open_shards": float(summary["OpenShardCount"])}

    return check


def replication_check(client: Callable[[], "DatabaseMigrationServiceClient"], stage: str) -> Check:
    """Whether the stage's replication task is at work: one that failed or was stopped brings nothing more to the read model."""
    task_id = f"gonio-{stage}-read-model"

    def check() -> Mapping[str, float]:
        named: FilterTypeDef = {"Name": "replication-task-id", "Values": [task_id]}
        (task,) = client().describe_replication_tasks(Filters=[named], WithoutSettings=True)["ReplicationTasks"]
        if task["Status"] not in _UNDER_WAY:
            reason = task.get("LastFailureMessage") or task.get("StopReason") or "no reason given"
            raise UnavailableError(f"The replication task {task_id} is {task['Status']}: {reason}")
        statistics: Mapping[str, Any] = task.get("ReplicationTaskStats") or {}
        return {figure: float(statistics[name]) for figure, name in _TASK_FIGURES.items() if name in statistics}

    return check


def service_check(services: ServiceClients, service: str) -> Check:
    """Whether a service answers at all: that it has no such route is an answer too."""

    def check() -> Mapping[str, float]:
        answer = services.begin(service, ServiceRequest("GET", "/health"), DEADLINE_S)()
        if answer.status >= 500:
            raise UnavailableError(f"The service {service} answers with status {answer.status}")
        return {}

    return check


def pipeline_check(client: "CloudWatchClient", stage: str, clock: Clock) -> Check:
    """How far behind each hop is. That one is behind is told, and does not make the component unwell."""

    def check() -> Mapping[str, float]:
        return pipeline_metrics.figures(client, stage, clock.now_ms())

    return check
