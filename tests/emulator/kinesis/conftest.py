"""A log in a temporary folder, and a LocalStack process with the durable provider."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator.kinesis.log import StreamLog
from tests.emulator.kinesis.api import Stream
from tests.emulator.kinesis.logs import FakeClock
from tests.emulator.kinesis.stack import LocalStack


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def log(tmp_path: Path, clock: FakeClock) -> Iterator[StreamLog]:
    opened = StreamLog(tmp_path / "streams.sqlite", clock)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One LocalStack for all tests that use streams of their own."""
    process = LocalStack(tmp_path_factory.mktemp("localstack"))
    process.start()
    yield process
    process.kill()


@pytest.fixture
def new_stream(stack: LocalStack) -> Iterator[Callable[[int], Stream]]:
    made: list[Stream] = []

    def make(shards: int = 1) -> Stream:
        stream = Stream(stack.kinesis, f"s-{uuid.uuid4().hex[:12]}")
        stream("create_stream", ShardCount=shards)
        made.append(stream)
        return stream

    yield make
    for stream in made:
        stream("delete_stream", EnforceConsumerDeletion=True)


@pytest.fixture
def stream(new_stream: Callable[[int], Stream]) -> Stream:
    return new_stream(1)
