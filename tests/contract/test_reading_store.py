"""What every `ReadingStore` promises: the fake, and MySQL on a real server."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from chalicelib.adapters.mysql import Credentials, MySqlDatabase
from chalicelib.adapters.mysql_readings import MySqlReadingStore
from chalicelib.adapters.mysql_registry import MySqlRegistry
from chalicelib.domain.chunks import Chunk
from chalicelib.domain.lifecycle import Connection
from chalicelib.domain.overlaps import Change
from chalicelib.domain.registry import CertificateStatus, Registration
from chalicelib.domain.rollups import Bucket, Resolution, Rollup
from chalicelib.domain.sessions import Contact, DeviceKey, MemberKey, Session, SessionKey
from chalicelib.ports import MessageKey, ReadingStore, ReadingTransaction, Span, StoredEvent, StoredMessage
from tests.fakes.reading_store import FakeReadingStore

MINUTE = Bucket("t-1", "d-1", "knee", 60_000)
DEVICE = DeviceKey("t-1", "d-1")
SESSION = SessionKey("t-1", "s-1")


@pytest.fixture(params=["fake", "mysql"])
def store(request: pytest.FixtureRequest) -> Iterator[ReadingStore]:
    if request.param == "fake":
        yield FakeReadingStore()
        return
    credentials: Credentials = request.getfixturevalue("credentials")
    with closing(MySqlDatabase(lambda: credentials)) as database:
        yield MySqlReadingStore(database)


def _message(message_id: str, received_at_ms: int = 5) -> StoredMessage:
    return StoredMessage(MessageKey(*DEVICE, "telemetry", message_id), "s-1", 3, received_at_ms, 9)


def _chunk(first_ms: int = 60_000, values: tuple[float | None, ...] = (1.0, 2.5), *, message_id: str = "m-1") -> Chunk:
    standing = [value for value in values if value is not None]
    return Chunk(
        bucket=MINUTE,
        message_id=message_id,
        series_number=0,
        position=0,
        session_id=None,
        unit="°",
        t0_ms=first_ms,
        dt_ms=33.333,
        first_ms=first_ms,
        last_ms=first_ms + round(33.333 * (len(values) - 1)),
        values=list(values),
        rollup=Rollup(len(standing), min(standing), max(standing), sum(standing)),
    )


def _everything(transaction: ReadingTransaction) -> list[Chunk]:
    return transaction.chunks_in([Span(MINUTE, 60_000, 119_999)])


def test_a_message_is_known_once_it_was_saved(store: ReadingStore) -> None:
    with store.transaction() as transaction:
        assert transaction.save_messages([_message("m-1"), _message("m-2")]) == set()
    with store.transaction() as transaction:
        assert transaction.save_messages([_message("m-2"), _message("m-3")]) == {_message("m-2").key}
    with store.transaction() as transaction:
        assert transaction.save_messages([_message(f"m-{number}") for number in (1, 2, 3)]) == {
            _message(f"m-{number}").key for number in (1, 2, 3)
        }


def test_no_messages_are_nothing(store: ReadingStore) -> None:
    with store.transaction() as transaction:
        assert transaction.save_messages([]) == set()
        assert transaction.chunks_in([]) == []
        assert transaction.lock_devices([]) == {}
        transaction.change_chunks([])
        transaction.rebuild_rollups([])


def test_a_chunk_comes_back_as_it_was_stored(store: ReadingStore) -> None:
    chunk = _chunk(values=(0.1, None, -0.0, 5e-324, 1e300, 1 / 3))
    with store.transaction() as transaction:
        transaction.add_chunks([chunk])
    with store.transaction() as transaction:
        assert _everything(transaction) == [chunk]


def test_only_chunks_that_overlap_are_found(store: ReadingStore) -> None:
    with store.transaction() as transaction:
        transaction.add_chunks([_chunk(70_000)])
        at_its_end, after_it = Span(MINUTE, 70_033, 70_040), Span(MINUTE, 70_034, 70_040)
        at_its_start, before_it = Span(MINUTE, 69_000, 70_000), Span(MINUTE, 69_000, 69_999)
        elsewhere = Span(MINUTE._replace(metric="hip"), 70_000, 70_033)

        assert [len(transaction.chunks_in([span])) for span in (at_its_end, after_it, at_its_start, before_it, elsewhere)] == [
            1,
            0,
            1,
            0,
            0,
        ]


def test_chunks_change_and_go(store: ReadingStore) -> None:
    before, after, gone = _chunk(values=(1.0, 2.0)), _chunk(values=(None, 2.0)), _chunk(message_id="m-2")
    with store.transaction() as transaction:
        transaction.add_chunks([before, gone])
        transaction.change_chunks([Change(before, after), Change(gone, None)])
        assert _everything(transaction) == [after]


def test_rollups_rebuilt_equal_rollups_added(store: ReadingStore) -> None:
    chunks = [_chunk(60_000), _chunk(70_000, (-7.5, 3.25))]
    with store.transaction() as transaction:
        transaction.add_chunks(chunks)
        for resolution in Resolution:
            transaction.add_to_rollups(resolution, {MINUTE.within(resolution): Rollup(1, 99.0, 99.0, 99.0)})
        transaction.rebuild_rollups([MINUTE])
        for resolution in Resolution:
            transaction.add_to_rollups(resolution, {MINUTE.within(resolution): Rollup(1, -9.0, -9.0, -9.0)})

    assert _rollups(store) == {it: Rollup(5, -9.0, 3.25, -9.75) for it in Resolution}


def _rollups(store: ReadingStore) -> dict[Resolution, Rollup]:
    """All three rollups of the minute, of whichever store."""
    if isinstance(store, FakeReadingStore):
        return {it: store.rows.rollups[it][MINUTE.within(it)] for it in Resolution}
    assert isinstance(store, MySqlReadingStore)
    found = {}
    with store.database.transaction() as cursor:
        for resolution in Resolution:
            cursor.execute(f"SELECT count, min, max, sum FROM rollup_{resolution.name.lower()}")
            (row,) = cursor.fetchall()
            found[resolution] = Rollup(*row)
    return found


def test_sessions_and_contacts_come_back_as_they_were_saved(store: ReadingStore) -> None:
    session = Session(SESSION, "m-1", "deep_squat", 5, "d-1/e-1", 9, 6, 8, 3, ("d-1", "d-2"))
    contact = Contact(DEVICE, 7, 55.5, 6, "e-2", Connection(False, 8, 2**63 - 1, "~" * 64))
    with store.transaction() as transaction:
        assert transaction.lock_devices([DEVICE]) == {DEVICE: Contact(DEVICE)}
        assert transaction.lock_sessions([SESSION]) == {SESSION: Session(SESSION)}
        transaction.save_sessions([session])
        transaction.save_contacts([contact])
    with store.transaction() as transaction:
        other = DeviceKey("t-1", "d-0")
        assert transaction.lock_devices([DEVICE, other]) == {DEVICE: contact, other: Contact(other)}
        assert transaction.lock_sessions([SESSION]) == {SESSION: session}


def test_registered_devices_have_an_owner(store: ReadingStore) -> None:
    _register(store, "d-1", "t-1")

    with store.transaction() as transaction:
        assert transaction.owners({"d-1", "d-2"}) == {"d-1": "t-1"}


def _register(store: ReadingStore, device_id: str, tenant_id: str) -> None:
    if isinstance(store, FakeReadingStore):
        store.rows.owners[device_id] = tenant_id
        return
    assert isinstance(store, MySqlReadingStore)
    MySqlRegistry(store.database).save(Registration(tenant_id, device_id, None, "ab" * 32, "pem", CertificateStatus.ACTIVE, 5))


def _write_and_raise(store: ReadingStore) -> None:
    with store.transaction() as transaction:
        transaction.save_messages([_message("m-1")])
        transaction.add_chunks([_chunk()])
        transaction.add_events([StoredEvent(DEVICE, "e-1", "battery", 5, None, "{}")])
        transaction.name_members({MemberKey("t-1", "m-1"): 5})
        raise ZeroDivisionError


def test_nothing_stays_of_a_transaction_that_raises(store: ReadingStore) -> None:
    with pytest.raises(ZeroDivisionError):
        _write_and_raise(store)

    with store.transaction() as transaction:
        assert transaction.save_messages([_message("m-1")]) == set()
        assert _everything(transaction) == []


def test_writers_of_one_device_come_one_after_the_other(request: pytest.FixtureRequest) -> None:
    credentials: Credentials = request.getfixturevalue("credentials")
    rounds = 20

    def count_up() -> None:
        with closing(MySqlDatabase(lambda: credentials)) as database:
            for _ in range(rounds):
                with MySqlReadingStore(database).transaction() as transaction:
                    contact = transaction.lock_devices([DEVICE])[DEVICE]
                    transaction.save_contacts([contact.heard_at((contact.last_contact_ms or 0) + 1)])

    writers = [threading.Thread(target=count_up) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    with closing(MySqlDatabase(lambda: credentials)) as database, MySqlReadingStore(database).transaction() as transaction:
        assert transaction.lock_devices([DEVICE])[DEVICE].last_contact_ms == 3 * rounds
