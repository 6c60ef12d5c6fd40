"""Whose malformed messages lie in the quarantine."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from launcher.measuring.set_aside import SetAside

BUCKET = "quarantine"
WANTED = {("d-1", "s-1-x0-nan"), ("d-1", "s-1-x0-binary"), ("d-2", "s-2-x0-nan")}


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="eu-west-1")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client


def keep(s3: Any, key: str, device: str, payload: bytes) -> None:
    document = {"stream": {"partition_key": device}, "payload": base64.b64encode(payload).decode()}
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(document))


def test_each_is_found_by_its_device_and_its_name_in_the_payload(s3: Any) -> None:
    quarantine = SetAside(s3, BUCKET, WANTED, 0)
    assert quarantine.look() == set()
    keep(s3, "1", "d-1", b'{"v":1,"id":"s-1-x0-nan","received_at":1}')
    assert quarantine.look() == {("d-1", "s-1-x0-nan")}
    keep(s3, "2", "d-1", b"\x00\xff\xfe\x80s-1-x0-binary")
    assert quarantine.look() == WANTED - {("d-2", "s-2-x0-nan")}


def test_one_that_came_twice_stands_for_no_other(s3: Any) -> None:
    for key in ("1", "2", "3"):
        keep(s3, key, "d-1", b'{"id":"s-1-x0-nan"}')
    assert SetAside(s3, BUCKET, WANTED, 0).look() == {("d-1", "s-1-x0-nan")}


def test_what_others_sent_does_not_count(s3: Any) -> None:
    keep(s3, "1", "d-9", b'{"id":"s-1-x0-nan"}')
    keep(s3, "2", "d-1", b'{"id":"s-0-x0-nan"}')
    keep(s3, "3", "d-1", b"\x00")
    assert SetAside(s3, BUCKET, WANTED, 0).look() == set()


def test_what_was_set_aside_before_the_replay_is_not_even_read(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="old", Body=b"not one of ours")
    in_an_hour_ms = int((time.time() + 3600) * 1000)
    assert SetAside(s3, BUCKET, WANTED, in_an_hour_ms).look() == set()
