"""The record loop: what fails a batch and from where, what is repeated, what becomes poison."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chalicelib.domain.errors import ConflictError, ReasonCode, RefusedError, UnavailableError
from chalicelib.domain.lifecycle import Connection
from chalicelib.domain.records import StreamRecord
from chalicelib.ingest.batch import ATTEMPTS, Ingest
from chalicelib.ports import ReadingTransaction
from tests.fakes.ingest import FakeBackoff, FakeClock, FakeQuarantine
from tests.fakes.reading_store import FakeReadingStore
from tests.messages import NOW_MS, event, presence, record, ruled, telemetry


class World:
    """The use case on fakes."""

    def __init__(self, slice_size: int = 2) -> None:
        self.store = FakeReadingStore()
        self.quarantine = FakeQuarantine()
        self.backoff = FakeBackoff()
        self.ingest = Ingest(self.store, self.quarantine, FakeClock(), self.backoff, slice_size=slice_size)

    @property
    def stored_ids(self) -> set[str]:
        return {key.message_id for key in self.store.rows.messages}

    @property
    def kept(self) -> list[tuple[str, ReasonCode]]:
        return [(it.record.sequence_number, it.reason.code) for it in self.quarantine.kept.values()]


@pytest.fixture
def world() -> World:
    return World()


def _good(message_id: str) -> StreamRecord:
    return record(ruled(telemetry(message_id)))


def test_an_empty_batch_asks_for_nothing(world: World) -> None:
    assert world.ingest.run([]).failed is None
    assert world.store.transactions == 0


def test_each_slice_is_one_transaction(world: World) -> None:
    report = world.ingest.run([_good(f"m-{number}") for number in range(5)])

    assert (report.records, report.stored, report.failed) == (5, 5, None)
    assert world.store.transactions == 3


def test_an_outage_fails_the_batch_from_the_first_record_of_its_slice(world: World) -> None:
    batch = [_good(f"m-{number}") for number in range(6)]
    world.store.fail_next(*[ConflictError("first slice, once")], UnavailableError("not now"))

    report = world.ingest.run(batch)

    assert report.failed == batch[0]
    assert isinstance(report.failure, UnavailableError)
    assert world.stored_ids == set()


def test_what_was_stored_before_an_outage_does_not_come_again(world: World) -> None:
    batch = [_good(f"m-{number}") for number in range(6)]
    world.store.refused_message_ids["m-2"] = UnavailableError("not now")

    report = world.ingest.run(batch)

    assert report.failed == batch[2]
    assert world.stored_ids == {"m-0", "m-1"}


def test_a_repeated_batch_is_stored_once(world: World) -> None:
    batch = [_good("m-1"), _good("m-1"), _good("m-2")]

    first, second = world.ingest.run(batch), world.ingest.run(batch)

    assert (first.stored, first.repeated) == (2, 1)
    assert (second.stored, second.repeated) == (0, 3)


def test_conflicts_are_repeated_with_growing_waits(world: World) -> None:
    world.store.fail_next(ConflictError("deadlock"), ConflictError("lock wait"))

    report = world.ingest.run([_good("m-1")])

    assert (report.stored, report.failed) == (1, None)
    assert world.backoff.attempts == [1, 2]


def test_conflicts_without_end_fail_the_batch(world: World) -> None:
    batch = [_good("m-1")]
    world.store.fail_next(*[ConflictError("deadlock")] * ATTEMPTS)

    assert world.ingest.run(batch).failed == batch[0]
    assert world.store.transactions == ATTEMPTS


def test_poison_is_kept_and_the_rest_of_its_slice_flows(world: World) -> None:
    poison = record(b"\x00")

    report = world.ingest.run([poison, _good("m-1")])

    assert report.failed is None
    assert world.kept == [(poison.sequence_number, ReasonCode.NOT_JSON)]
    assert world.stored_ids == {"m-1"}


def test_a_message_that_the_database_refuses_becomes_poison_alone() -> None:
    world = World(slice_size=3)
    batch = [_good("m-1"), _good("m-2"), _good("m-3")]
    world.store.refused_message_ids["m-2"] = RefusedError("out of range")

    report = world.ingest.run(batch)

    assert report.failed is None
    assert world.kept == [(batch[1].sequence_number, ReasonCode.REFUSED_BY_DATABASE)]
    assert world.stored_ids == {"m-1", "m-3"}


def test_a_message_that_brings_out_a_fault_becomes_poison_alone() -> None:
    world = World(slice_size=3)
    batch = [_good("m-1"), _good("m-2"), _good("m-3")]
    world.store.refused_message_ids["m-2"] = ZeroDivisionError("by zero")

    report = world.ingest.run(batch)

    assert report.failed is None
    assert world.kept == [(batch[1].sequence_number, ReasonCode.FAULT)]
    assert [type(fault.__cause__) for fault in report.faults] == [ZeroDivisionError]
    assert world.stored_ids == {"m-1", "m-3"}


def test_an_outage_while_refused_messages_are_told_apart_loses_none_of_them() -> None:
    world = World(slice_size=4)
    batch = [_good("m-1"), record(b"\x00"), _good("m-3"), _good("m-4")]
    world.store.refused_message_ids |= {"m-1": RefusedError("out of range"), "m-3": UnavailableError("not now")}

    report = world.ingest.run(batch)

    assert report.failed == batch[2]
    assert [number for number, _ in world.kept] == [batch[0].sequence_number, batch[1].sequence_number]


def test_a_quarantine_that_is_down_fails_the_batch_from_the_poison_record(world: World) -> None:
    batch = [_good("m-1"), record(b"\x00"), _good("m-3")]
    world.quarantine.error = UnavailableError("S3 does not answer")

    report = world.ingest.run(batch)

    assert report.failed == batch[1]
    assert world.stored_ids == {"m-1"}


def test_poison_that_cannot_be_kept_fails_the_batch_from_the_first_of_it() -> None:
    world = World(slice_size=4)
    batch = [record(b"\x00"), _good("m-1"), record(b"\x01"), record(b"\x02")]
    world.quarantine.refused = {batch[2].sequence_number}

    report = world.ingest.run(batch)

    assert report.failed == batch[2]
    assert [it.record for it in report.poison] == [batch[0]]
    assert world.stored_ids == {"m-1"}


def test_presence_becomes_the_devices_and_strangers_are_counted(world: World) -> None:
    world.store.rows.owners["d-1"] = "t-1"

    report = world.ingest.run([record(presence("connected", "d-1", 3)), record(presence("connected", "a stranger"))])

    assert (report.failed, report.poison, report.presence, report.strangers) == (None, [], 1, 1)
    (contact,) = world.store.rows.contacts.values()
    assert (contact.key, contact.connection) == (("t-1", "d-1"), Connection(True, NOW_MS, 3, "00000000-0000-0000-0000-000000000003"))


def test_every_device_that_sends_to_a_session_is_noted_once(world: World) -> None:
    ended = event("session_ended", session="s-1")
    batch = [record(ruled(telemetry(session="s-1"), device_id=it)) for it in ("d-2", "d-3", "d-2")] + [record(ruled(ended))]

    world.ingest.run(batch)
    world.ingest.run(batch[::-1])

    (session,) = world.store.rows.sessions.values()
    assert session.device_ids == ("d-1", "d-2", "d-3")


def test_a_batch_of_poison_alone_needs_no_database(world: World) -> None:
    world.store.fail_next(UnavailableError("not now"))

    report = world.ingest.run([record(b"\x00"), record(b"{}")])

    assert report.failed is None
    assert len(world.kept) == 2


class SlowReadingStore(FakeReadingStore):
    """Waits 300 ms for its locks, and takes 400 ms for what follows until the commit."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    @contextmanager
    def transaction(self) -> Iterator[ReadingTransaction]:
        """See the port."""
        self._clock.time_ms += 300
        with super().transaction() as transaction:
            yield transaction
            self._clock.time_ms += 400


def test_the_delay_runs_from_the_rule_to_the_committed_row() -> None:
    clock = FakeClock(NOW_MS + 1000)
    ingest = Ingest(SlowReadingStore(clock), FakeQuarantine(), clock, FakeBackoff())

    report = ingest.run([record(ruled(telemetry(), received_at=NOW_MS + 250))])

    assert report.delays_ms == [750 + 300 + 400]
