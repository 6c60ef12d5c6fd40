"""A row that is loaded and the same row as a change are the same in the stream, for every type."""

import pytest

from tests.emulator.replication.database import Database
from tests.emulator.replication.laboratory import Laboratory, data, eventually, selection

# The log's reader still reads timestamps with what Python 3.12 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

COLUMNS = """
    CREATE TABLE everything (
        name VARCHAR(20), id INT, tiny TINYINT UNSIGNED, small SMALLINT, medium MEDIUMINT, big BIGINT UNSIGNED, at_ms BIGINT,
        flag BOOLEAN, single FLOAT, twice DOUBLE, exact DECIMAL(20, 5), bits BIT(12), year YEAR, day DATE, at DATETIME(3),
        stamp TIMESTAMP(6) NULL, time TIME(3), fixed CHAR(5), bytes VARBINARY(10), text TEXT, latin VARCHAR(20) CHARACTER SET latin1,
        raw BLOB, document JSON, choice ENUM('p', 'q'), choices SET('x', 'y', 'z'), PRIMARY KEY (name, id))
"""
ROWS = """
    INSERT INTO everything VALUES
    ('é.ü', 1, 255, -5, 70000, 18446744073709551615, 1795505025123, TRUE, 0.1, 0.1, 12.5, b'101', 1999, '2026-01-02',
     '2026-01-02 03:04:05.678', '2026-01-02 03:04:05.678901', '-01:02:03.5', 'ab', x'00ff', 'long ✓', 'grüße', x'deadbeef',
     '{"a": [1, "é"]}', 'q', 'z,x'),
    ('empty', 2, 0, 0, 0, 0, 0, FALSE, 0, -0.0, 0, 0, 0, '1000-01-01', '1000-01-01', '1970-01-01 00:00:01', '00:00:00', '', '', '', '',
     '', '{}', 'p', '')
"""
NOTHING = "INSERT INTO everything (name, id) VALUES ('nothing', 3)"


def test_loads_and_changes_of_every_type_agree(laboratory: Laboratory, database: Database) -> None:
    schema = database.new_schema("types", "SET time_zone = '+00:00'", COLUMNS, ROWS, NOTHING)
    arn = laboratory.task(selection(schema))
    laboratory.begin(arn)
    eventually(lambda: len(data(laboratory.target.documents())) == 3)
    laboratory.await_status(arn, "running")
    for statement in ("DELETE FROM everything", ROWS, NOTHING):
        database.execute(statement, schema=schema)
    eventually(lambda: len(data(laboratory.target.documents())) == 9)

    documents = data(laboratory.target.documents())
    loaded = {one["metadata"]["partition-key-value"]: one["data"] for one in documents if one["metadata"]["operation"] == "load"}
    changed = {one["metadata"]["partition-key-value"]: one["data"] for one in documents if one["metadata"]["operation"] == "insert"}
    for key, row in loaded.items():
        assert {name: (value, changed[key][name]) for name, value in row.items() if value != changed[key][name]} == {}
    full = loaded["types.everything.é.ü.1"]
    assert (full["at_ms"], full["document"], full["choices"]) == (1795505025123, '{"a": [1, "é"]}', "x,z")
    assert (full["at"], full["stamp"]) == ("2026-01-02T03:04:05.678000Z", "2026-01-02T03:04:05.678901Z")
    assert set(loaded["types.everything.nothing.3"].values()) == {"nothing", 3, None}
