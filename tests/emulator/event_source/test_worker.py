"""A mapping's life as LocalStack's provider drives it, without the provider: updates, deletion and shutdown in mid-invocation."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

import pytest

from emulator.event_source.checkpoints import ConsumerCheckpoints
from emulator.event_source.events import RecordFilter
from emulator.event_source.model import MappingConfig
from emulator.event_source.ports import Ports
from emulator.event_source.stored_mapping import StoredMapping
from emulator.event_source.worker import MappingWorker, Workers
from tests.emulator.event_source.fakes import FakeFunction, eventually, mapping
from tests.emulator.event_source.running import World


@dataclass
class Gate:
    """A function that answers when it is let go, and counts who is inside."""

    open: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    inside: int = 0
    most_inside: int = 0

    def __call__(self, _records: list[dict[str, Any]]) -> None:
        with self.lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        self.open.wait(20)
        with self.lock:
            self.inside -= 1


@dataclass
class Provider:
    """What LocalStack's provider does with workers."""

    there: World
    gate: Gate
    workers: Workers
    store: dict[str, Any]

    def create(self, config: MappingConfig, *, enabled: bool = True) -> MappingWorker:
        self.store.setdefault(config.uuid, {"UUID": config.uuid})
        worker = self.workers.worker(config, enabled=enabled)
        worker.create()
        return worker

    def update(self, former: MappingWorker, config: MappingConfig, *, enabled: bool = True) -> MappingWorker:
        worker = self.workers.worker(config, enabled=enabled)
        former.stop()
        worker.create()
        return worker


@pytest.fixture
def provider(there: World) -> Iterator[Provider]:
    gate = Gate()
    there.function = FakeFunction(gate)
    there.log.create()

    def ports(_config: MappingConfig, _stored: StoredMapping, checkpoints: ConsumerCheckpoints) -> Ports:
        everything = RecordFilter((), lambda _pattern, _event: True)
        return Ports(there.log, everything, there.function, there.destination, checkpoints, there.clock, there.status)

    store: dict[str, Any] = {}
    workers = Workers(there.file, lambda config: StoredMapping(store, config.uuid), ports)
    yield Provider(there, gate, workers, store)
    gate.open.set()


def ends(worker: MappingWorker) -> None:
    assert worker.ended.wait(20), "the worker did not end"


def test_an_updated_mapping_waits_for_the_invocation_under_way(provider: Provider) -> None:
    there, config = provider.there, mapping()
    former = provider.create(config)
    sequence = there.log.put("key", b"x")
    there.sees(sequence)
    updated = provider.update(former, mapping(BatchSize=1))
    following = there.log.put("key", b"x")
    assert updated.current_state == "Updating"
    provider.gate.open.set()
    there.settles(following)
    updated.stop()
    ends(updated)
    assert provider.gate.most_inside == 1
    assert there.function.sequences == [int(sequence), int(following)]


def test_the_former_workers_end_does_not_show(provider: Provider) -> None:
    former = provider.create(mapping())
    updated = provider.update(former, mapping())
    ends(former)
    eventually(lambda: updated.current_state == "Enabled", "never enabled")
    assert provider.store["5f1a"]["State"] == "Enabled"
    updated.stop()
    ends(updated)
    assert provider.store["5f1a"]["State"] == "Disabled"


def test_a_mapping_deleted_in_mid_invocation_leaves_no_checkpoint(provider: Provider) -> None:
    there, config = provider.there, mapping()
    worker = provider.create(config)
    there.sees(there.log.put("key", b"x"))
    worker.delete()
    assert provider.store["5f1a"]["State"] == "Deleting"
    provider.gate.open.set()
    ends(worker)
    eventually(lambda: "5f1a" not in provider.store, "still in the store")
    assert there.file.load(config.consumer) == {}


def test_a_disabled_mapping_is_deleted_at_once(provider: Provider) -> None:
    worker = provider.create(mapping(), enabled=False)
    assert worker.current_state == "Disabled"
    worker.delete()
    assert "5f1a" not in provider.store


def test_a_mapping_of_the_same_consumer_waits_for_the_deleted_one(provider: Provider) -> None:
    there = provider.there
    deleted = provider.create(mapping())
    sequence = there.log.put("key", b"x")
    there.sees(sequence)
    deleted.delete()
    anew = provider.create(mapping(UUID="6f2b"))
    provider.gate.open.set()
    there.settles(sequence)
    anew.stop()
    ends(anew)
    assert provider.gate.most_inside == 1
    assert there.function.sequences == [int(sequence)] * 2


def test_another_function_takes_over_the_mappings_checkpoints(provider: Provider) -> None:
    there = provider.there
    provider.gate.open.set()
    former = provider.create(mapping())
    there.settles(there.log.put("key", b"x"))
    other = mapping(FunctionArn="arn:aws:lambda:eu-west-1:000000000000:function:other")
    updated = provider.update(former, other)
    following = there.log.put("key", b"x")
    eventually(lambda: following in there.settled(other).values(), "never settled by the other function")
    updated.stop()
    ends(updated)
    assert len(there.function.sequences) == 2
    assert there.settled() == {}


def test_a_shutdown_changes_nothing_that_is_stored(provider: Provider) -> None:
    there, config = provider.there, mapping()
    provider.gate.open.set()
    worker = provider.create(config)
    there.settles(there.log.put("key", b"x"))
    worker.stop_for_shutdown()
    ends(worker)
    assert provider.store["5f1a"]["State"] == "Enabled"
    assert len(there.file.load(config.consumer)) == 1
