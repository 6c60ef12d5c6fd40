"""The composition root: builds each function's use case on its adapters, once a process, when the first event comes."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import boto3
import urllib3
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from botocore.config import Config

from chalicelib import config, observability
from chalicelib.adapters.aws_quarantine import AwsQuarantine
from chalicelib.adapters.cognito import CognitoIdentityProvider
from chalicelib.adapters.csrf_secret import csrf_key
from chalicelib.adapters.health_checks import (
    Check,
    database_check,
    pipeline_check,
    replication_check,
    search_check,
    service_check,
    stream_check,
)
from chalicelib.adapters.jwks import HttpSigningKeys
from chalicelib.adapters.kinesis_changes import KinesisChanges
from chalicelib.adapters.kinesis_event import records_of, response_to
from chalicelib.adapters.mysql import ANSWER_TIMEOUT_S, Credentials, MySqlDatabase
from chalicelib.adapters.mysql_readings import MySqlReadingStore
from chalicelib.adapters.mysql_registry import MySqlRegistry
from chalicelib.adapters.mysql_series import MySqlSeriesStore
from chalicelib.adapters.mysql_sessions_of_people import MySqlRevokedSessions, MySqlSignInAttempts
from chalicelib.adapters.secrets import database_credentials
from chalicelib.adapters.service_clients import Http, InProcess, LambdaInvoke, ServiceClients, Transport
from chalicelib.adapters.system_clock import RandomBackoff, SystemClock, SystemPause
from chalicelib.bff.components import Components
from chalicelib.bff.dependencies import Bff
from chalicelib.devices.api import REGISTRY_PATH, FleetApi, RegistryApi
from chalicelib.devices.fleet import Fleet
from chalicelib.domain.errors import ConfigurationError
from chalicelib.feed.change_feed import ChangeFeed
from chalicelib.ingest.batch import Ingest
from chalicelib.ports import DocumentStore, SeriesStore
from chalicelib.projection.project import Project
from chalicelib.query.api import QueryApi, Sources
from chalicelib.security.revocation import SessionCheck
from chalicelib.security.sign_in_limit import SignInLimit
from chalicelib.security.signing_keys import CachedSigningKeys
from chalicelib.security.tokens import TokenVerifier

READ_TIMEOUT_S = 5.0
"""For one statement that a person waits for."""
BFF_THREADS = 16
"""Calls to services that wait at the same time."""
_IMPATIENT = Config(connect_timeout=2, read_timeout=6, retries={"total_max_attempts": 1})
"""For calls that a person waits for: deadlines are shorter, and who asked may ask again."""


def handle_ingest(event: dict[str, Any]) -> PartialItemFailureResponse:
    """A batch of the stream `telemetry`, as Lambda's event source mapping sends it."""
    report = ingest_use_case().run(records_of(event))
    observability.report_batch(observability.logger("ingest"), report, config.ingest_settings().stage)
    return response_to(report.failed)


def handle_project(event: dict[str, Any]) -> PartialItemFailureResponse:
    """A batch of the stream `changes`, as Lambda's event source mapping sends it."""
    report = project_use_case().run(records_of(event))
    observability.report_projection(observability.logger("project"), report, config.project_settings().stage)
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
def bff() -> Bff:
    """The front end's dependencies."""
    settings = config.bff_settings()
    clock, log, executor = SystemClock(), observability.logger("bff"), ThreadPoolExecutor(max_workers=BFF_THREADS)
    signing_keys = HttpSigningKeys(urllib3.PoolManager(), settings.issuer)
    database, kinesis = _database(settings.database_secret_id), boto3.client("kinesis", config=_IMPATIENT)
    services = ServiceClients(_transport(settings), executor, clock)
    changes = KinesisChanges(kinesis, settings.changes_stream, partial(observability.count_throttled_read, settings.stage))
    checks = _checks(settings, services, signing_keys)
    return Bff(
        identity=CognitoIdentityProvider(boto3.client("cognito-idp", config=_IMPATIENT), settings.client_id),
        verifier=TokenVerifier(CachedSigningKeys(signing_keys, clock), clock, settings.issuer, settings.client_id),
        sessions=SessionCheck(MySqlRevokedSessions(database), clock),
        sign_ins=SignInLimit(MySqlSignInAttempts(_database(settings.database_secret_id)), clock),
        services=services,
        feed=ChangeFeed(changes, clock, SystemPause()),
        components=Components(checks, ThreadPoolExecutor(max_workers=len(checks)), clock, log),
        log=log,
        csrf_key=csrf_key(boto3.client("secretsmanager"), settings.csrf_secret_id),
        web_origin=settings.web_origin,
        forwarded_hops=settings.forwarded_hops,
    )


def _transport(settings: config.BffSettings) -> Transport:
    if settings.transport == "in_process":
        return InProcess({"devices": handle_devices, "query": handle_query})
    functions = {"query": settings.query_function, "devices": settings.devices_function}
    if not all(functions.values()):
        raise ConfigurationError("GONIO_QUERY_FUNCTION and GONIO_DEVICES_FUNCTION must be set unless services are in process.")
    if settings.transport == "http":
        return Http(urllib3.PoolManager(), functions)
    return LambdaInvoke(boto3.client("lambda", config=_IMPATIENT), functions)


def _checks(settings: config.BffSettings, services: ServiceClients, signing_keys: HttpSigningKeys) -> dict[str, Check]:
    def search() -> Any:
        # Only this asks OpenSearch itself, whose client's import would slow down every cold start.
        from chalicelib.adapters.opensearch import connect  # noqa: PLC0415

        return connect(settings.search_endpoint)

    def dms() -> Any:
        return boto3.client("dms", config=_IMPATIENT)  # only this asks it, so no cold start waits for its description

    def identity() -> dict[str, float]:
        return {"signing_keys": float(len(signing_keys.fetch()))}

    return {
        "database": database_check(_database(settings.database_secret_id)),
        "search": search_check(cache(search)),
        "changes": stream_check(boto3.client("kinesis", config=_IMPATIENT), settings.changes_stream),
        "replication": replication_check(cache(dms), settings.stage),
        "identity": identity,
        "query": service_check(services, "query"),
        "devices": service_check(services, "devices"),
        "pipeline": pipeline_check(boto3.client("cloudwatch", config=_IMPATIENT), settings.stage, SystemClock()),
    }


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
    reader = _database(settings.reader_secret_id or settings.database_secret_id, answer_timeout_s=READ_TIMEOUT_S)
    return OpenSearchDocumentStore(connect(settings.search_endpoint)), MySqlSeriesStore(reader)


def _database(secret_id: str, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> MySqlDatabase:
    secrets = boto3.client("secretsmanager")

    def credentials() -> Credentials:
        return database_credentials(secrets, secret_id)

    return MySqlDatabase(credentials, answer_timeout_s=answer_timeout_s)
