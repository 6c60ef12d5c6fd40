"""The function `ingest` as Lambda calls it: an event in, rows, dead letters and a partial batch response out."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from chalicelib import bootstrap, config
from chalicelib.adapters.mysql import Credentials
from tests.mariadb import MariaDb
from tests.messages import event, lambda_event, record, ruled, telemetry


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
    response = bootstrap.handle_ingest(lambda_event([record(ruled(telemetry(session="s-1")))]))

    rows = mariadb.execute("SELECT * FROM reading_values ORDER BY measured_at", credentials.database)
    assert response == {"batchItemFailures": []}
    assert [(*row[:4], str(row[4]), row[5]) for row in rows] == [
        ("t-1", "d-1", "s-1", "knee_flexion_left", "2026-11-23 20:08:12", 0.9),
        ("t-1", "d-1", "s-1", "knee_flexion_left", "2026-11-23 20:08:12.033000", 0.8),
        ("t-1", "d-1", "s-1", "knee_flexion_left", "2026-11-23 20:08:12.067000", 1.1),
    ]


def test_poison_is_kept_whole_and_the_rest_flows(queue_url: str, mariadb: MariaDb, credentials: Credentials) -> None:
    started = event("session_started", session="s-1", data={"exercise": "deep_squat", "member": "m-1"})

    response = bootstrap.handle_ingest(lambda_event([record(b"\x00\xff"), record(ruled(started))]))

    letters: list[Any] = boto3.client("sqs").receive_message(QueueUrl=queue_url)["Messages"]
    assert response == {"batchItemFailures": []}
    assert [json.loads(letter["Body"])["reason"]["code"] for letter in letters] == ["not_json"]
    assert mariadb.execute("SELECT session_id, exercise FROM sessions", credentials.database) == [("s-1", "deep_squat")]
