"""The composition root: builds each function's use case on its adapters, once a process, when the first event comes."""

from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from chalicelib import config, observability
from chalicelib.adapters.aws_quarantine import AwsQuarantine
from chalicelib.adapters.kinesis_event import records_of, response_to
from chalicelib.adapters.mysql import Credentials, MySqlDatabase
from chalicelib.adapters.mysql_readings import MySqlReadingStore
from chalicelib.adapters.mysql_registry import MySqlRegistry
from chalicelib.adapters.mysql_series import MySqlSeriesStore
from chalicelib.adapters.secrets import database_credentials
from chalicelib.adapters.system_clock import RandomBackoff, SystemClock
from chalicelib.devices.api import REGISTRY_PATH, FleetApi, RegistryApi
from chalicelib.devices.fleet import Fleet
from chalicelib.ingest.batch import Ingest
from chalicelib.ports import DocumentStore, SeriesStore
from chalicelib.projection.project import Project
from chalicelib.query.api import QueryApi, Sources


def handle_ingest(event: dict[str, Any]) -> PartialItemFailureResponse:
    """A batch of the stream `telemetry`, as Lambda's event source mapping sends it."""
    report = ingest_use_case().run(records_of(event))
    observability.report_batch(observability.logger("ingest"), report)
    return response_to(report.failed)


def handle_project(event: dict[str, Any]) -> PartialItemFailureResponse:
    """A batch of the stream `changes`, as Lambda's event source mapping sends it."""
    report = project_use_case().run(records_of(event))
    observability.report_projection(observability.logger("project"), report)
    return response_to(report.failed)


def handle_devices(request: dict[str, Any]) -> dict[str, Any]:
    """A request to the service `devices`: method, path, query, headers, body; answered with status, headers, body."""
    path = request.get("path") if isinstance(request, dict) else None
    is_for_registry = not isinstance(path, str) or path.startswith(REGISTRY_PATH)
    return (registry_api() if is_for_registry else fleet_api()).handle(request)


def handle_query(request: dict[str, Any]) -> dict[str, Any]:
    """A request to the service `query`, in the same shape."""
    return query_api().handle(request)


@cache
def ingest_use_case() -> Ingest:
    settings = config.ingest_settings()
    quarantine = AwsQuarantine(
        boto3.client("s3"), boto3.client("sqs"), bucket=settings.quarantine_bucket, queue_url=settings.dead_letter_queue_url
    )
    store = MySqlReadingStore(_database(settings.database_secret_id))
    return Ingest(store, quarantine, SystemClock(), RandomBackoff(), slice_size=settings.slice_size)


@cache
def project_use_case() -> Project:
    # Other functions need no OpenSearch client, whose import would slow down their cold start.
    from chalicelib.adapters.opensearch import connect  # noqa: PLC0415
    from chalicelib.adapters.opensearch_index import OpenSearchDocumentIndex  # noqa: PLC0415

    settings = config.project_settings()
    quarantine = AwsQuarantine(
        boto3.client("s3"),
        boto3.client("sqs"),
        bucket=settings.quarantine_bucket,
        queue_url=settings.dead_letter_queue_url,
        prefix="changes/",
    )
    return Project(OpenSearchDocumentIndex(connect(settings.search_endpoint)), quarantine, SystemClock())


@cache
def registry_api() -> RegistryApi:
    settings = config.registry_settings()
    return RegistryApi(MySqlRegistry(_database(settings.database_secret_id)), SystemClock(), observability.logger("devices").exception)


@cache
def fleet_api() -> FleetApi:
    documents, series = _read_side()
    return FleetApi(Fleet(documents, series, SystemClock()), observability.logger("devices").exception)


@cache
def query_api() -> QueryApi:
    documents, series = _read_side()
    return QueryApi(Sources(documents, series, SystemClock()), observability.logger("query").exception)


def _read_side() -> tuple[DocumentStore, SeriesStore]:
    """The read model, and the database's reader."""
    from chalicelib.adapters.opensearch import connect  # noqa: PLC0415 - as above
    from chalicelib.adapters.opensearch_documents import OpenSearchDocumentStore  # noqa: PLC0415

    settings = config.query_settings()
    reader = _database(settings.reader_secret_id or settings.database_secret_id)
    return OpenSearchDocumentStore(connect(settings.search_endpoint)), MySqlSeriesStore(reader)


def _database(secret_id: str) -> MySqlDatabase:
    secrets = boto3.client("secretsmanager")

    def credentials() -> Credentials:
        return database_credentials(secrets, secret_id)

    return MySqlDatabase(credentials)
