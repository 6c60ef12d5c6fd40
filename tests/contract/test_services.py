"""The services' functions as Lambda calls them, on the real database and the real search server."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import msgspec
import pytest

import app
from chalicelib import bootstrap, config
from chalicelib.adapters.mysql import Credentials, MySqlDatabase
from chalicelib.adapters.mysql_readings import MySqlReadingStore
from chalicelib.domain.read_model import DEVICES, SESSIONS, DeviceDocument, SessionDocument
from chalicelib.ingest.batch import Ingest
from infra.search import apply_templates
from tests.fakes.ingest import FakeBackoff, FakeClock, FakeQuarantine
from tests.fakes.query_world import OPERATOR, THERAPIST
from tests.messages import NOW_MS, record, ruled, telemetry
from tests.opensearch import OpenSearch

REGISTRATION = {"tenant_id": "t-1", "certificate_id": "ab" * 32, "certificate_pem": "-----BEGIN CERTIFICATE-----\nMA==\n"}


@pytest.fixture
def services(opensearch: OpenSearch, aws: None, credentials: Credentials, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the functions find: a session and a device in the read model, three values in the database, their environment."""
    opensearch.forget()
    apply_templates(opensearch.url, lambda _: None)
    documents = {
        (SESSIONS, "t-1:s-1"): SessionDocument("t-1", "s-1"),
        (DEVICES, "t-1:d-1"): DeviceDocument("t-1", "d-1", "active", "2026-11-24T00:00:00.000Z"),
    }
    for (kind, document_id), document in documents.items():
        opensearch.client.index(index=kind.alias, id=document_id, body=msgspec.to_builtins(document), params={"refresh": "true"})
    with closing(MySqlDatabase(lambda: credentials)) as database:
        ingest = Ingest(MySqlReadingStore(database), FakeQuarantine(), FakeClock(), FakeBackoff(), slice_size=10)
        assert ingest.run([record(ruled(telemetry()))]).stored == 1
    secret = {"host": credentials.host, "port": credentials.port, "username": "root", "password": "", "dbname": credentials.database}
    boto3.client("secretsmanager").create_secret(Name="database", SecretString=json.dumps(secret))
    for name, value in {"STAGE": "test", "DATABASE_SECRET_ID": "database", "SEARCH_ENDPOINT": opensearch.url}.items():
        monkeypatch.setenv(f"GONIO_{name}", value)
    _forget()
    yield
    _forget()
    opensearch.forget()


def _forget() -> None:
    """Functions keep what they built as long as their process lives; each test is a process of its own."""
    built = (bootstrap.query_api, bootstrap.fleet_api, bootstrap.registry_api, config.query_settings, config.registry_settings)
    for it in built:
        it.cache_clear()


def _get(function: Any, path: str, headers: dict[str, str] = THERAPIST, **query: str) -> tuple[int, Any]:
    answer = function({"method": "GET", "path": path, "query": query, "headers": headers}, None)
    json.dumps(answer)
    return answer["status"], answer["body"]


def test_query_answers_from_the_read_model_and_the_database(services: None) -> None:
    _, sessions = _get(app.query, "/sessions")
    _, series = _get(app.query, "/devices/d-1/series", metric="knee_flexion_left", to=str(NOW_MS + 1000))

    assert [it["session_id"] for it in sessions["items"]] == ["s-1"]
    assert [it["value"] for it in series["points"]] == [0.9, 0.8, 1.1]
    assert _get(app.query, "/home/recent")[1]["counts"] == {"devices": 1, "devices_online": 0, "sessions_today": 0}
    assert _get(app.query, "/sessions/s-2")[0] == 404
    assert _get(app.query, "/sessions", OPERATOR)[0] == 403


def test_devices_answers_people_and_provisioning(services: None) -> None:
    registered = app.devices({"method": "PUT", "path": "/registry/devices/d-1", "body": REGISTRATION}, None)
    status, device = _get(app.devices, "/devices/d-1")

    assert (registered["status"], status) == (201, 200)
    assert [(it["metric"], it["value"]) for it in device["last_values"]] == [("knee_flexion_left", 1.1)]
    assert _get(app.devices, "/registry/devices/d-1", {})[1]["status"] == "active"
    assert [it["device_id"] for it in _get(app.devices, "/devices", OPERATOR)[1]["items"]] == ["d-1"]


@pytest.mark.parametrize("event", [None, {}, {"method": "GET", "path": 1}])
def test_what_is_no_request_gets_an_answer(services: None, event: Any) -> None:
    assert app.devices(event, None)["status"] == 400
    assert app.query(event, None)["status"] == 400


def test_a_search_server_that_is_away_is_told(services: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONIO_SEARCH_ENDPOINT", "http://127.0.0.1:9")
    _forget()

    assert _get(app.query, "/sessions")[0] == 503
    assert _get(app.query, "/devices/d-1/series", metric="knee_flexion_left")[0] == 200
