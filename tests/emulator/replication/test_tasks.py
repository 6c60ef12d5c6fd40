"""What a task does, with a real database and a stream in memory."""

import random
import threading
from typing import Any

import pytest

from emulator.dms import endpoints, running
from emulator.dms.errors import InvalidCombinationError, InvalidStateError
from emulator.replication.task_run import FULL_LOAD_FINISHED, STOPPED_NORMALLY
from tests.emulator.replication.database import Database
from tests.emulator.replication.laboratory import Laboratory, data, eventually, replayed, selection, versioned

ITEMS = "CREATE TABLE items (id INT PRIMARY KEY, value INT, note VARCHAR(40))"


def table(database: Database, schema: str) -> dict[str, dict[str, Any]]:
    """The table as a consumer should see it."""
    rows = database.execute("SELECT id, value, note FROM items", schema=schema)
    return {f"{schema}.items.{key}": {"id": key, "value": value, "note": note} for key, value, note in rows}


def test_rows_that_are_there_and_changes_after_them_arrive_in_commit_order(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("plain", ITEMS, "INSERT INTO items VALUES (1, 10, 'old')")
    arn = laboratory.task(selection(schema))
    laboratory.begin(arn)
    eventually(lambda: laboratory.rows() == table(database, schema))
    database.execute("INSERT INTO items VALUES (2, 20, NULL)", schema=schema)
    database.execute("UPDATE items SET value = 11 WHERE id = 1", schema=schema)
    database.execute("DELETE FROM items WHERE id = 2", schema=schema)

    eventually(lambda: len(data(laboratory.target.documents())) == 4)
    operations = [document["metadata"]["operation"] for document in data(laboratory.target.documents())]
    assert operations == ["load", "insert", "update", "delete"]
    assert laboratory.rows() == table(database, schema)


def test_a_full_load_while_writers_write_gives_exactly_the_table(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("busy", ITEMS)
    database.execute(f"INSERT INTO items SELECT seq, seq, 'first' FROM {schema}.seq_1_to_3000", schema="busy")
    laboratory.target.refuses = 0.05
    arn = laboratory.task(selection(schema))
    done = threading.Event()
    writers = [threading.Thread(target=_write, args=(database, schema, number, done)) for number in range(3)]
    for writer in writers:
        writer.start()
    laboratory.begin(arn)
    eventually(lambda: sum(document["metadata"]["operation"] != "load" for document in data(laboratory.target.documents())) > 200)
    done.set()
    for writer in writers:
        writer.join()

    eventually(lambda: versioned(laboratory.target.documents()) == table(database, schema))
    eventually(lambda: laboratory.rows() == table(database, schema))


def _write(database: Database, schema: str, number: int, done: threading.Event) -> None:
    choice, connection = random.Random(number), database.connect(schema)
    with connection, connection.cursor() as cursor:
        while not done.wait(0.002):
            key = choice.randrange(1, 4000)
            statement = choice.choice(
                (
                    "INSERT INTO items VALUES (%s, 1, 'new') ON DUPLICATE KEY UPDATE value = value + 1",
                    "DELETE FROM items WHERE id = %s",
                    "UPDATE items SET note = 'changed' WHERE id > %s LIMIT 5",
                )
            )
            cursor.execute(statement, (key,))


def test_a_stopped_task_resumes_where_it_was(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("pause", ITEMS, "INSERT INTO items VALUES (1, 1, '')")
    arn = laboratory.task(selection(schema))
    laboratory.begin(arn)
    eventually(lambda: laboratory.rows() == table(database, schema))
    laboratory.halt(arn)
    assert laboratory.described(arn)["StopReason"] == STOPPED_NORMALLY
    database.execute("INSERT INTO items VALUES (2, 2, 'while stopped')", schema=schema)
    before = len(data(laboratory.target.documents()))

    laboratory.begin(arn, "resume-processing")

    eventually(lambda: laboratory.rows() == table(database, schema))
    assert [document["metadata"]["operation"] for document in data(laboratory.target.documents())][before:] == ["insert"]


def test_starting_again_has_to_say_how(laboratory: Laboratory, database: Database) -> None:
    arn = laboratory.task(selection(database.new_schema("again", ITEMS)))
    with pytest.raises(InvalidCombinationError, match="RESUME_PROCESSING"):
        laboratory.begin(arn, "resume-processing")
    laboratory.begin(arn)
    laboratory.await_status(arn, "running")
    with pytest.raises(InvalidStateError, match="running"):
        laboratory.begin(arn)
    laboratory.halt(arn)
    with pytest.raises(InvalidCombinationError, match="START_REPLICATION"):
        laboratory.begin(arn)


def test_a_purged_log_fails_the_task_with_the_reason_and_a_reload_answers_it(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("purged", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
    arn = laboratory.task(selection(schema))
    laboratory.begin(arn)
    eventually(lambda: laboratory.rows() == table(database, schema))
    laboratory.halt(arn)
    database.execute("UPDATE items SET value = 5", schema=schema)
    database.execute("FLUSH BINARY LOGS")
    database.execute("INSERT INTO items VALUES (2, 2, 'y')", schema=schema)
    ((newest, *_),) = database.execute("SHOW MASTER STATUS")
    eventually(lambda: _purged(database, newest))

    laboratory.begin(arn, "resume-processing")
    failed = laboratory.await_status(arn, "failed")
    assert "binary log" in failed["LastFailureMessage"]

    laboratory.begin(arn, "reload-target")
    eventually(lambda: laboratory.rows() == table(database, schema))
    laboratory.await_status(arn, "running")
    database.execute("INSERT INTO items VALUES (3, 3, 'z')", schema=schema)
    eventually(lambda: laboratory.rows() == table(database, schema))


def _purged(database: Database, newest: str) -> bool:
    """Whether older logs are gone; the server keeps those that somebody still reads."""
    database.execute(f"PURGE BINARY LOGS TO '{newest}'")
    return len(database.execute("SHOW BINARY LOGS")) == 1


def test_a_target_that_takes_nothing_is_waited_for_and_the_status_says_so(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("outage", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
    arn = laboratory.task(selection(schema))
    laboratory.target.down = True
    laboratory.begin(arn)
    told = eventually(lambda: laboratory.described(arn).get("LastFailureMessage"))
    assert "the stream is down" in told
    assert laboratory.described(arn)["Status"] == "running"
    laboratory.target.down = False
    eventually(lambda: laboratory.rows() == table(database, schema))
    eventually(lambda: "LastFailureMessage" not in laboratory.described(arn))


def test_a_task_waits_for_a_source_that_refuses_it(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("refused", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
    arn = laboratory.task(selection(schema))
    endpoint = laboratory.described(arn)["SourceEndpointArn"]
    laboratory.call(endpoints.modify, EndpointArn=endpoint, Password="wrong")
    laboratory.begin(arn)
    eventually(lambda: "Access denied" in laboratory.described(arn).get("LastFailureMessage", ""))
    laboratory.call(endpoints.modify, EndpointArn=endpoint, Password="secret")
    eventually(lambda: laboratory.rows() == table(database, schema))


def test_only_selected_tables_are_replicated(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("chosen", ITEMS, "CREATE TABLE items_raw (id INT PRIMARY KEY)")
    arn = laboratory.task(selection(schema), selection(schema, "%raw", "exclude", 2))
    laboratory.begin(arn)
    laboratory.await_status(arn, "running")
    database.execute("INSERT INTO items_raw VALUES (1)", schema=schema)
    database.execute("INSERT INTO items VALUES (1, 1, 'x')", schema=schema)
    eventually(lambda: laboratory.rows() == table(database, schema))
    assert {document["metadata"]["table-name"] for document in laboratory.target.documents()} == {"items"}
    assert list(laboratory.statistics(arn)) == ["items"]


def test_a_full_load_alone_ends_by_itself(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("once", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
    arn = laboratory.task(selection(schema), kind="full-load")
    laboratory.begin(arn)
    stopped = laboratory.await_status(arn, "stopped")
    assert stopped["StopReason"] == FULL_LOAD_FINISHED
    assert stopped["ReplicationTaskStats"]["FullLoadProgressPercent"] == 100
    assert laboratory.rows() == table(database, schema)


def test_ongoing_replication_alone_begins_where_it_is_told(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("later", ITEMS, "INSERT INTO items VALUES (1, 1, 'before')")
    ((file, offset, *_),) = database.execute("SHOW MASTER STATUS")
    database.execute("INSERT INTO items VALUES (2, 2, 'after')", schema=schema)
    arn = laboratory.task(selection(schema), kind="cdc", CdcStartPosition=f"{file}:{offset}")
    laboratory.begin(arn)
    eventually(lambda: list(laboratory.rows()) == [f"{schema}.items.2"])


def test_columns_that_come_and_go_are_followed_and_told(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("altered", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
    arn = laboratory.task(selection(schema))
    laboratory.begin(arn)
    eventually(lambda: laboratory.rows() == table(database, schema))
    database.execute("ALTER TABLE items ADD COLUMN extra DOUBLE AFTER id, DROP COLUMN note", schema=schema)
    database.execute("UPDATE items SET extra = 1.5", schema=schema)
    eventually(lambda: laboratory.rows() == {f"{schema}.items.1": {"id": 1, "extra": 1.5, "value": 1}})
    database.execute("TRUNCATE TABLE items", schema=schema)
    database.execute("DROP TABLE items", schema=schema)

    def control() -> list[str]:
        documents = laboratory.target.documents()
        return [document["metadata"]["operation"] for document in documents if document["metadata"]["record-type"] == "control"]

    eventually(lambda: control() == ["create-table", "drop-column", "add-column", "truncate-table", "drop-table"])
    assert laboratory.statistics(arn)["items"]["Ddls"] == 4


def test_statistics_count_what_was_loaded_and_changed(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("counted", ITEMS, "INSERT INTO items VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, 'z')")
    arn = laboratory.task(selection(schema))
    laboratory.begin(arn)
    eventually(lambda: laboratory.rows() == table(database, schema))
    database.execute("INSERT INTO items VALUES (4, 4, 'a'), (5, 5, 'b')", schema=schema)
    database.execute("UPDATE items SET value = 0 WHERE id < 4", schema=schema)
    database.execute("DELETE FROM items WHERE id = 5", schema=schema)

    eventually(lambda: laboratory.statistics(arn)["items"]["Deletes"] == 1)
    counted = laboratory.statistics(arn)["items"]
    assert (counted["FullLoadRows"], counted["Inserts"], counted["Updates"]) == (3, 2, 3)
    assert counted["TableState"] == "Table completed"
    assert laboratory.described(arn)["RecoveryCheckpoint"].startswith("checkpoint:V1#changes.")


def test_reloaded_tables_are_read_again_and_changes_go_on(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("reread", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
    arn = laboratory.task(selection(schema))
    laboratory.begin(arn)
    eventually(lambda: laboratory.rows() == table(database, schema))
    laboratory.await_status(arn, "running")
    laboratory.call(running.reload_tables, ReplicationTaskArn=arn, TablesToReload=[{"SchemaName": schema, "TableName": "items"}])
    eventually(lambda: [document["metadata"]["operation"] for document in data(laboratory.target.documents())].count("load") == 2)
    eventually(lambda: laboratory.statistics(arn)["items"]["FullLoadReloaded"])
    database.execute("INSERT INTO items VALUES (2, 2, 'y')", schema=schema)
    eventually(lambda: laboratory.rows() == table(database, schema))


def test_a_row_that_moves_to_another_key_is_deleted_and_inserted(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("moved", ITEMS, "INSERT INTO items VALUES (1, 1, 'x')")
    arn = laboratory.task(selection(schema))
    laboratory.begin(arn)
    eventually(lambda: laboratory.rows() == table(database, schema))
    database.execute("UPDATE items SET id = 9", schema=schema)
    eventually(lambda: laboratory.rows() == table(database, schema))
    assert list(laboratory.rows()) == [f"{schema}.items.9"]


def test_a_transaction_that_is_rolled_back_leaves_nothing(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("undone", ITEMS)
    arn = laboratory.task(selection(schema))
    laboratory.begin(arn)
    laboratory.await_status(arn, "running")
    for statement in ("BEGIN", "INSERT INTO items VALUES (1, 1, 'x')", "ROLLBACK", "INSERT INTO items VALUES (2, 2, 'y')"):
        database.execute(statement, schema=schema)
    eventually(laboratory.rows)
    assert laboratory.rows() == table(database, schema)
    assert list(replayed(laboratory.target.documents())) == [f"{schema}.items.2"]
