"""Wrong input: each piece is kept whole with its reason, and stops nothing that comes after it on the same connection."""

import base64
import json
import time
from typing import Any

import pytest
from awscrt.mqtt5 import PubackReasonCode

from iot.replay.faults import malformed_payloads
from tests.e2e.connecting import device, mqtt5_session
from tests.e2e.local_stack import LocalStack, kill, until

TOPIC = "dt/gonio/clinic-north/north-tracker-3/telemetry"
REASONS = {
    "bad-json": "truncated",
    "wrong-types": "str",
    "nan": "json",
    "huge-number": "number",
    "empty-series": "length",
    "oversize": "length",
    "wrong-version": "v",
    "far-future": "24",
    "binary": "json",
}
"""A word that the reason must hold, for each kind of wrong input."""


@pytest.fixture(scope="module")
def label() -> str:
    return f"poison-{time.time_ns()}"


@pytest.fixture(scope="module")
def payloads(label: str) -> dict[str, bytes]:
    return malformed_payloads(label, int(time.time() * 1000))


@pytest.fixture(scope="module")
def kept(stack: LocalStack, label: str, payloads: dict[str, bytes]) -> dict[bytes, dict[str, Any]]:
    """What the dead-letter queue holds after every kind was published, followed by a good message; by the payload's bytes."""
    stack.wait_until_up()
    good = {"v": 1, "id": f"{label}-good", "series": [{"metric": "m", "unit": "deg", "t0": int(time.time() * 1000), "values": [1.0]}]}
    with mqtt5_session(stack, device(stack, "north-tracker-3")) as session:
        for payload in [*payloads.values(), json.dumps(good).encode()]:
            assert session.publish(TOPIC, payload) == PubackReasonCode.SUCCESS
    until(lambda: stack.query("SELECT 1 FROM messages WHERE message_id = %s", good["id"]), 60, "the good message to be stored")
    letters: dict[bytes, dict[str, Any]] = {}
    until(lambda: _receive(stack, letters, payloads), 60, f"{len(payloads)} dead letters, of which came {len(letters)}")
    return letters


def _receive(stack: LocalStack, letters: dict[bytes, dict[str, Any]], payloads: dict[str, bytes]) -> bool:
    sqs, url = stack.client("sqs"), stack.content["dead_letter_queue_url"]
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=5).get("Messages", []):
        letter = json.loads(message["Body"])
        letters[_original(letter)] = letter
    return all(any(_holds(original, payload) for original in letters) for payload in payloads.values())


def _original(letter: dict[str, Any]) -> bytes:
    return base64.b64decode(letter.get("payload") or letter.get("base64OriginalPayload") or "")


def _holds(record: bytes, payload: bytes) -> bool:
    """Raw bytes as they were sent, or the JSON object with what the rule's SQL added to it."""
    if record == payload:
        return True
    try:
        sent, found = json.loads(payload), json.loads(record)
    except ValueError:
        return False
    return isinstance(found, dict) and {key: found.get(key) for key in sent} == sent


@pytest.mark.parametrize("kind", REASONS)
def test_a_malformed_message_is_kept_whole_with_its_reason(
    kept: dict[bytes, dict[str, Any]], payloads: dict[str, bytes], kind: str
) -> None:
    letter = next(letter for record, letter in kept.items() if _holds(record, payloads[kind]))
    assert REASONS[kind] in letter["reason"]["message"].lower()
    assert letter["stream"]["shard_id"].startswith("shardId-")
    assert letter["stream"]["partition_key"] == "north-tracker-3"


@pytest.mark.parametrize("kind", REASONS)
def test_a_malformed_message_lies_in_the_quarantine_too(
    stack: LocalStack, kept: dict[bytes, dict[str, Any]], payloads: dict[str, bytes], kind: str
) -> None:
    letter = next(letter for record, letter in kept.items() if _holds(record, payloads[kind]))
    place = letter["quarantine"]
    stored = json.loads(stack.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read())
    assert _holds(base64.b64decode(stored["payload"]), payloads[kind])
    assert stored["reason"] == letter["reason"]


def test_nothing_of_a_malformed_message_is_stored(stack: LocalStack, kept: dict[bytes, dict[str, Any]], label: str) -> None:
    assert kept
    assert stack.query("SELECT message_id FROM messages WHERE message_id LIKE %s", f"{label}%") == [(f"{label}-good",)]


def test_a_payload_beyond_128_kb_ends_the_connection_and_the_next_one_works(running: LocalStack) -> None:
    who = device(running, "north-tracker-3")
    with mqtt5_session(running, who) as session:
        session.connected.result(15)
        session.begin_publish(TOPIC, b"x" * (128 * 1024 + 1))  # it is answered with the disconnection
        assert session.disconnected.result(15)
    with mqtt5_session(running, who) as session:
        assert session.publish(TOPIC, b"[]") == PubackReasonCode.SUCCESS


def test_what_was_set_aside_outlives_a_killed_localstack(
    running: LocalStack, kept: dict[bytes, dict[str, Any]], payloads: dict[str, bytes]
) -> None:
    kill(running.process("localstack"))
    until(lambda: not running.file.is_file(), 60, "the stack file to go while LocalStack is away")
    running.wait_until_up()
    letters: dict[bytes, dict[str, Any]] = {}
    until(lambda: _receive(running, letters, payloads), 60, f"{len(payloads)} dead letters, of which came {len(letters)}")
    ours = [letter for letter in letters.values() if letter in kept.values()]
    assert len(ours) >= len(REASONS)
    for letter in ours:
        stored = running.client("s3").get_object(Bucket=letter["quarantine"]["bucket"], Key=letter["quarantine"]["key"])
        assert json.loads(stored["Body"].read())["reason"] == letter["reason"]
