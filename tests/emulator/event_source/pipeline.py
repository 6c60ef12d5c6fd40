"""A stream, a function, and a mapping between them in LocalStack, through boto3 alone."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator.event_source.fakes import eventually
from tests.emulator.event_source.functions import SOURCE
from tests.emulator.event_source.local_stack import ACCOUNT, REGION, LocalStack, archive

ROLE = f"arn:aws:iam::{ACCOUNT}:role/consumer"


@dataclass
class Pipeline:
    """A stream, a function, and a mapping between them."""

    stack: LocalStack
    name: str
    seen: Path
    uuid: str = ""

    def deploy(self, **environment: str) -> None:
        """Create the function; again after a restart, which made LocalStack forget it."""
        variables = {"SEEN": str(self.seen), **environment}
        functions = self.stack.client("lambda")
        functions.create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Role=ROLE,
            Handler="app.handler",
            Timeout=60,
            Code={"ZipFile": archive(SOURCE)},
            Environment={"Variables": variables},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 1})

    def create_stream(self, shards: int = 1) -> None:
        kinesis = self.stack.client("kinesis")
        kinesis.create_stream(StreamName=self.name, ShardCount=shards)
        self.wait_for_stream()

    def wait_for_stream(self) -> None:
        kinesis = self.stack.client("kinesis")
        eventually(lambda: _summary(kinesis, self.name)["StreamStatus"] == "ACTIVE", "the stream is not active")

    @property
    def stream_arn(self) -> str:
        return str(_summary(self.stack.client("kinesis"), self.name)["StreamARN"])

    def map(self, **settings: Any) -> None:
        """Create the mapping, and wait until it reads."""
        request = {"StartingPosition": "TRIM_HORIZON", **settings, "FunctionName": self.name, "EventSourceArn": self.stream_arn}
        self.uuid = self.stack.client("lambda").create_event_source_mapping(**request)["UUID"]
        self.becomes("Enabled")

    def mapping(self) -> dict[str, Any]:
        return dict(self.stack.client("lambda").get_event_source_mapping(UUID=self.uuid))

    def becomes(self, state: str) -> None:
        eventually(lambda: self.mapping()["State"] == state, f"the mapping never became {state}")

    def put(self, *texts: str, key: Callable[[str], str] = lambda _text: "key") -> None:
        records = [{"Data": text.encode(), "PartitionKey": key(text)} for text in texts]
        answer = self.stack.client("kinesis").put_records(StreamName=self.name, Records=records)
        assert answer["FailedRecordCount"] == 0

    def invocations(self) -> list[dict[str, Any]]:
        if not self.seen.exists():
            return []
        seen = self.seen.read_bytes()
        return [json.loads(line) for line in seen[: seen.rfind(b"\n") + 1].splitlines()]

    def texts(self) -> list[str]:
        """Every record that the function saw, in the order in which invocations ended."""
        return [text for invocation in self.invocations() for text in invocation["texts"]]

    def sees(self, *texts: str) -> None:
        eventually(lambda: set(texts) <= set(self.texts()), f"the function never saw all of {texts[:5]}...")

    def queue(self) -> tuple[str, str]:
        """A queue's URL and ARN."""
        url = self.stack.client("sqs").create_queue(QueueName=self.name)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}"

    def message(self, url: str) -> dict[str, Any]:
        """The next message of a queue."""
        messages = self.stack.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages")
        assert messages, "no message came"
        return dict(json.loads(messages[0]["Body"]))


def _summary(kinesis: Any, name: str) -> Any:
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
