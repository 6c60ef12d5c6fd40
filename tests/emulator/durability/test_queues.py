"""Queues without LocalStack: what is sent again, and what has outlived its time."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from emulator.durability.contents import Contents
from emulator.durability.queues import Queues

SCOPE = ("000000000000", "eu-west-1")
URL = "http://sqs.eu-west-1.localhost:4566/000000000000/letters"
RETENTION_S = 60


@dataclass
class FakeSqs:
    """Takes messages and names them in turn."""

    sent: list[str] = field(default_factory=list)

    def get_queue_attributes(self, **_: Any) -> Any:
        return {"Attributes": {"MessageRetentionPeriod": str(RETENTION_S)}}

    def send_message(self, **request: Any) -> Any:
        self.sent.append(request["MessageBody"])
        return {"MessageId": f"again-{len(self.sent)}"}


@dataclass
class Installation:
    """Contents on disk, looked after by one LocalStack after another."""

    contents: Contents
    now: float = 1000.0

    def started(self) -> tuple[Queues, FakeSqs]:
        """A LocalStack that has just started, and made its queue."""
        sqs = FakeSqs()
        queues = Queues(self.contents, lambda _account, _region: sqs, lambda: self.now)
        queues.took("CreateQueue", SCOPE, {"QueueName": "letters"}, {"QueueUrl": URL})
        return queues, sqs


@pytest.fixture
def installation(folder: Path) -> Iterator[Installation]:
    contents = Contents(folder / "contents.sqlite")
    yield Installation(contents)
    contents.close()


def _send(queues: Queues, body: str) -> None:
    queues.took("SendMessage", SCOPE, {"QueueUrl": URL, "MessageBody": body}, {"MessageId": f"id-{body}"})


def _handle(message_id: str) -> str:
    return base64.b64encode(f"random arn:aws:sqs:eu-west-1:0:letters {message_id} 1.5".encode()).decode()


def test_a_message_keeps_its_age_over_restarts_until_its_retention_ends(installation: Installation) -> None:
    queues, _ = installation.started()
    _send(queues, "old")
    installation.now += RETENTION_S
    assert installation.started()[1].sent == ["old"]
    installation.now += 1
    assert installation.started()[1].sent == []
    installation.now = 0
    assert installation.started()[1].sent == [], "it was forgotten"


def test_a_message_that_came_again_is_deleted_by_its_new_id(installation: Installation) -> None:
    queues, _ = installation.started()
    _send(queues, "a")
    queues, sqs = installation.started()
    assert sqs.sent == ["a"]
    queues.took("DeleteMessage", SCOPE, {"QueueUrl": URL, "ReceiptHandle": _handle("again-1")}, None)
    assert installation.started()[1].sent == []


def test_only_the_batchs_successes_count(installation: Installation) -> None:
    queues, _ = installation.started()
    entries = [{"Id": name, "MessageBody": name} for name in ("a", "b")]
    queues.took("SendMessageBatch", SCOPE, {"QueueUrl": URL, "Entries": entries}, {"Successful": [{"Id": "b", "MessageId": "id-b"}]})
    queues, sqs = installation.started()
    assert sqs.sent == ["b"]
    gone = [{"Id": "x", "ReceiptHandle": _handle("again-1")}]
    queues.took("DeleteMessageBatch", SCOPE, {"QueueUrl": URL, "Entries": gone}, {"Failed": [{"Id": "x"}]})
    assert installation.started()[1].sent == ["b"]


@pytest.mark.parametrize("operation", ["PurgeQueue", "DeleteQueue"])
def test_a_queue_that_is_emptied_stays_empty(installation: Installation, operation: str) -> None:
    queues, _ = installation.started()
    _send(queues, "a")
    queues.took(operation, SCOPE, {"QueueUrl": URL}, None)
    assert installation.started()[1].sent == []
