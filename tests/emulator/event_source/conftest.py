"""Fixtures of the event source mapping's tests."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.emulator.event_source.local_stack import LocalStack
from tests.emulator.event_source.pipeline import Pipeline
from tests.emulator.event_source.running import World, world


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    """A world for one engine."""
    made = world(tmp_path)
    yield made
    made.file.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    process = LocalStack(tmp_path_factory.mktemp("localstack"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def pipeline(stack: LocalStack) -> Iterator[Pipeline]:
    name = f"test-{uuid4().hex[:8]}"
    made = Pipeline(stack, name, stack.folder / f"{name}.jsonl")
    yield made
    if made.uuid and stack.process:
        stack.client("lambda").delete_event_source_mapping(UUID=made.uuid)
