"""The functions as Lambda calls them: an event in, rows, dead letters and a partial batch response out."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

import app
from chalicelib import bootstrap, config
from chalicelib.adapters.mysql import Credentials
from tests.mariadb import MariaDb
from tests.messages import NOW_MS, event, lambda_event, presence, record, ruled, telemetry


@pytest.fixture
def queue_url(aws: None, credentials: Credentials, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Everything that the function finds on AWS, and its environment; the dead-letter queue's URL."""
    boto3.client("s3").create_bucket(Bucket="quarantine", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    url = boto3.client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"]
    secret = {"host": credentials.host, "port": credentials.port, "username": "root", "password": "", "dbname": credentials.database}
    boto3.client("secretsmanager").create_secret(Name="database", SecretString=json.dumps(secret))
    monkeypatch.setenv("GONIO_STAGE", "test")
    monkeypatch.setenv("GONIO_DATABASE_SECRET_ID", "database")
    monkeypatch.setenv("GONIO_DEAD_LETTER_QUEUE_URL", url)
    monkeypatch.setenv("GONIO_QUARANTINE_BUCKET", "quarantine")
    _forget()
    yield url
    _forget()


def _forget() -> None:
    """Functions keep what they built as long as their process lives; each test is a process of its own."""
    for built in (bootstrap.ingest_use_case, bootstrap.registry_api, config.ingest_settings, config.registry_settings):
        built.cache_clear()


def test_a_telemetry_message_becomes_rows(queue_url: str, mariadb: MariaDb, credentials: Credentials) -> None:
    response = app.ingest(lambda_event([record(ruled(telemetry(session="s-1")))]), None)

    rows = mariadb.execute("SELECT * FROM reading_values ORDER BY measured_at", credentials.database)
    assert response == {"batchItemFailures": []}
    assert [(*row[:4], str(row[4]), row[5]) for row in rows] == [
        ("t-1", "d-1", "s-1", "knee_flexion_left", "2026-11-23 20:08:12", 0.9),
        ("t-1", "d-1", "s-1", "knee_flexion_left", "2026-11-23 20:08:12.033000", 0.8),
        ("t-1", "d-1", "s-1", "knee_flexion_left", "2026-11-23 20:08:12.067000", 1.1),
    ]


def test_poison_is_kept_whole_and_the_rest_flows(queue_url: str, mariadb: MariaDb, credentials: Credentials) -> None:
    started = event("session_started", session="s-1", data={"exercise": "deep_squat", "member": "m-1"})

    response = app.ingest(lambda_event([record(b"\x00\xff"), record(ruled(started))]), None)

    letters: list[Any] = boto3.client("sqs").receive_message(QueueUrl=queue_url)["Messages"]
    assert response == {"batchItemFailures": []}
    assert [json.loads(letter["Body"])["reason"]["code"] for letter in letters] == ["not_json"]
    assert mariadb.execute("SELECT session_id, exercise FROM sessions", credentials.database) == [("s-1", "deep_squat")]


def test_an_outage_hands_the_batch_back(queue_url: str) -> None:
    first = record(ruled(telemetry()))
    boto3.client("secretsmanager").put_secret_value(SecretId="database", SecretString="{}")

    response = app.ingest(lambda_event([first, record(b"\x00")]), None)

    assert response == {"batchItemFailures": [{"itemIdentifier": first.sequence_number}]}
    assert "Messages" not in boto3.client("sqs").receive_message(QueueUrl=queue_url)


def test_a_batch_is_told_of_in_logs_and_metrics(
    queue_url: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    app.ingest(lambda_event([record(b"\x00"), record(ruled(telemetry())), record(presence("connected"))]), None)

    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [(it.levelname, it.getMessage(), vars(it)["reason"]) for it in caplog.records] == [("WARNING", "A record is poison", "not_json")]
    assert (metrics["RecordsReceived"], metrics["MessagesStored"], metrics["PoisonRecords"]) == ([3.0], [1.0], [1.0])
    assert (metrics["PresenceEvents"], metrics["PresenceOfStrangers"]) == ([0.0], [1.0])
    assert "StoreDelay" in metrics


def test_presence_becomes_the_registered_devices(queue_url: str, mariadb: MariaDb, credentials: Credentials) -> None:
    body = {"tenant_id": "t-1", "certificate_id": "ab" * 32, "certificate_pem": "-----BEGIN CERTIFICATE-----\nMA==\n"}
    app.devices({"method": "PUT", "path": "/registry/devices/d-1", "body": body}, None)

    app.ingest(lambda_event([record(presence(it, "d-1", 7)) for it in ("disconnected", "connected")]), None)

    rows = mariadb.execute(
        "SELECT tenant_id, device_id, is_online, presence_at_ms, presence_version FROM device_contacts", credentials.database
    )
    assert rows == [("t-1", "d-1", 0, NOW_MS, 7)]


def test_the_registry_answers(queue_url: str) -> None:
    body = {"tenant_id": "t-1", "certificate_id": "ab" * 32, "certificate_pem": "-----BEGIN CERTIFICATE-----\nMA==\n"}

    put = app.devices({"method": "PUT", "path": "/registry/devices/d-1", "body": body}, None)
    listed = app.devices({"method": "GET", "path": "/registry/devices"}, None)

    assert (put["status"], listed["status"]) == (201, 200)
    assert [item["device_id"] for item in listed["body"]["items"]] == ["d-1"]
