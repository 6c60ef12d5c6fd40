"""The function `project` as Lambda calls it: an event of the stream in, a document in OpenSearch and a batch response out."""

import json
from collections.abc import Iterator

import boto3
import pytest

from chalicelib import bootstrap, config
from infra.search import apply_templates
from tests.changes import change_record, row
from tests.messages import lambda_event, record
from tests.opensearch import OpenSearch


@pytest.fixture
def deployed(aws: None, opensearch: OpenSearch, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The function's surroundings: indices, bucket, queue, settings."""
    apply_templates(opensearch.url, lambda _: None)
    boto3.client("s3").create_bucket(Bucket="poison", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    queue_url = boto3.client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"]
    monkeypatch.setenv("GONIO_STAGE", "test")
    monkeypatch.setenv("GONIO_SEARCH_ENDPOINT", opensearch.url)
    monkeypatch.setenv("GONIO_DEAD_LETTER_QUEUE_URL", queue_url)
    monkeypatch.setenv("GONIO_QUARANTINE_BUCKET", "poison")
    for built_once in (config.project_settings, bootstrap.project_use_case):
        built_once.cache_clear()
    yield
    for built_once in (config.project_settings, bootstrap.project_use_case):
        built_once.cache_clear()


def test_a_change_becomes_a_document_and_poison_is_kept_apart_from_telemetry_s(deployed: None, opensearch: OpenSearch) -> None:
    batch = [change_record("members", "insert", row("members", tenant_id="function")), record(b"{", sequence_number="7")]

    answer = bootstrap.handle_project(lambda_event(batch))

    assert answer == {"batchItemFailures": []}
    assert opensearch.client.get(index="gonio-members", id="function:m-1")["_source"]["member_id"] == "m-1"
    kept = boto3.client("s3").list_objects_v2(Bucket="poison")["Contents"]
    assert [it["Key"] for it in kept] == ["changes/2026-11-23/shardId-000000000000/7.json"]


def test_the_answer_names_the_first_record_that_must_come_again(deployed: None, opensearch: OpenSearch) -> None:
    opensearch.forget()
    batch = [change_record("alembic", "insert", {"x": 1}), change_record("members"), change_record("sessions")]

    answer = bootstrap.handle_project(lambda_event(batch))

    assert answer == {"batchItemFailures": [{"itemIdentifier": batch[1].sequence_number}]}


def test_a_batch_is_counted_and_its_latency_told(deployed: None, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.handle_project(lambda_event([change_record("members", "insert", row("members", tenant_id="counted"))]))

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert (told[-1]["RecordsReceived"], told[-1]["DocumentsWritten"], told[-1]["service"]) == ([1.0], [1.0], "project")
    assert told[-1]["ReadModelLatency"][0] > 0
    (metrics,) = told[-1]["_aws"]["CloudWatchMetrics"]
    assert {name: told[-1][name] for name in metrics["Dimensions"][0]} == {"Stage": "test", "service": "project"}
