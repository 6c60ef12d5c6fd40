"""Orders to the engine: start, stop and reload; and what it counted of each table."""

import json
import time
from typing import Any

from emulator.dms.errors import InvalidCombinationError, InvalidParameterError, InvalidStateError, NotFoundError
from emulator.dms.listing import by, listed
from emulator.dms.operation import Answer, Operation, Request, moment, without_nothing
from emulator.dms.registry import TASK, Session
from emulator.dms.tasks import described, require_at_rest
from emulator.replication.positions import LogPosition
from emulator.replication.store import decoded
from emulator.replication.task_state import BEING_RELOADED

_FILTERS = {"schema-name": by("SchemaName"), "table-name": by("TableName"), "table-state": by("TableState")}


def start(session: Session, request: Request) -> Answer:
    """StartReplicationTask.

    A first start is `start-replication`; later ones are `resume-processing` (from the checkpoint on) or `reload-target` (full load again,
    then changes from its snapshot on).
    """
    arn, kind = request["ReplicationTaskArn"], request["StartReplicationTaskType"]
    task = session.get(TASK, arn)
    for name in ("CdcStartTime", "CdcStopPosition"):
        if request.get(name) is not None:
            raise InvalidParameterError(f"{name} is not supported.")
    require_at_rest(session, arn)
    _check_start(kind, ran_before=_number(session, arn) > 0, migration_type=task["MigrationType"])
    if kind != "resume-processing":
        session.connection.execute("UPDATE runs SET checkpoint = NULL, progress = '{}' WHERE task = ?", (arn,))
        session.connection.execute("DELETE FROM tables WHERE task = ?", (arn,))
        _stamp(session, arn, "fresh_started_at")
    if position := request.get("CdcStartPosition"):
        _begin_at(session, arn, position)
    _order_to_run(session, arn, "starting")
    _stamp(session, arn, "started_at")
    return {"ReplicationTask": described(session, arn)}


def stop(session: Session, request: Request) -> Answer:
    """StopReplicationTask. The engine delivers what it holds, keeps the checkpoint, and tells that it stopped."""
    arn = request["ReplicationTaskArn"]
    session.get(TASK, arn)
    status = session.connection.execute("SELECT status FROM runs WHERE task = ?", (arn,)).fetchone()["status"]
    if status not in {"starting", "running"}:
        raise InvalidStateError(f"Replication Task {arn} cannot be stopped, it is currently {status}.")
    session.connection.execute("UPDATE runs SET wanted = 'stopped', status = 'stopping' WHERE task = ?", (arn,))
    return {"ReplicationTask": described(session, arn)}


def reload_tables(session: Session, request: Request) -> Answer:
    """ReloadTables, of a running task: the tables are read again, and changes go on from the checkpoint."""
    arn = request["ReplicationTaskArn"]
    task = session.get(TASK, arn)
    if request.get("ReloadOption", "data-reload") != "data-reload":
        raise InvalidParameterError("ReloadOption 'validate-only' is not supported.")
    status = session.connection.execute("SELECT status FROM runs WHERE task = ?", (arn,)).fetchone()["status"]
    if status != "running" or task["MigrationType"] == "cdc":
        raise InvalidStateError(f"Tables of Replication Task {arn} cannot be reloaded: it has to be running, and to have a full load.")
    for table in request["TablesToReload"]:
        name = (table["SchemaName"], table["TableName"])
        changed = session.connection.execute(
            "UPDATE tables SET state = ? WHERE task = ? AND schema_name = ? AND table_name = ?", (BEING_RELOADED, arn, *name)
        )
        if changed.rowcount == 0:
            raise NotFoundError(f"Table {'.'.join(name)} is not part of Replication Task {arn}.")
    _order_to_run(session, arn, "running")
    return {"ReplicationTaskArn": arn}


def describe_table_statistics(session: Session, request: Request) -> Answer:
    """DescribeTableStatistics."""
    arn = request["ReplicationTaskArn"]
    session.get(TASK, arn)
    rows = session.connection.execute("SELECT * FROM tables WHERE task = ? ORDER BY schema_name, table_name", (arn,))
    return {"ReplicationTaskArn": arn} | listed(request, "TableStatistics", [_table(row) for row in rows], _FILTERS)


def _check_start(kind: str, *, ran_before: bool, migration_type: str) -> None:
    """https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplicationTask.html."""
    if kind == "start-replication" and ran_before:
        raise InvalidCombinationError("Start Type : START_REPLICATION, valid only for tasks running for the first time")
    if kind == "resume-processing" and not ran_before:
        raise InvalidCombinationError("Start Type : RESUME_PROCESSING, valid only for tasks that ran before")
    if kind == "reload-target" and migration_type == "cdc":
        raise InvalidCombinationError("Start Type : RELOAD_TARGET, not valid for tasks without a full load")


def _begin_at(session: Session, arn: str, position: str) -> None:
    try:
        checkpoint = str(LogPosition.parse(position.removeprefix("checkpoint:V1#")))
    except ValueError as error:
        raise InvalidParameterError(str(error)) from error
    session.connection.execute("UPDATE runs SET checkpoint = ? WHERE task = ?", (checkpoint, arn))


def _number(session: Session, arn: str) -> int:
    return int(session.connection.execute("SELECT number FROM runs WHERE task = ?", (arn,)).fetchone()["number"])


def _order_to_run(session: Session, arn: str, status: str) -> None:
    session.connection.execute(
        "UPDATE runs SET number = number + 1, wanted = 'running', status = ?, stop_reason = NULL, failure = NULL WHERE task = ?",
        (status, arn),
    )


def _stamp(session: Session, arn: str, name: str) -> None:
    times = decoded(session.connection.execute("SELECT times FROM runs WHERE task = ?", (arn,)).fetchone()["times"])
    session.connection.execute("UPDATE runs SET times = ? WHERE task = ?", (json.dumps(times | {name: time.time()}), arn))


def _table(row: Any) -> dict[str, Any]:
    counts = decoded(row["statistics"])
    return without_nothing(
        {
            "SchemaName": row["schema_name"],
            "TableName": row["table_name"],
            "TableState": row["state"],
            "Inserts": counts["inserts"],
            "Updates": counts["updates"],
            "Deletes": counts["deletes"],
            "Ddls": counts["ddls"],
            "AppliedInserts": counts["inserts"],
            "AppliedUpdates": counts["updates"],
            "AppliedDeletes": counts["deletes"],
            "AppliedDdls": counts["ddls"],
            "FullLoadRows": counts["full_load_rows"],
            "FullLoadCondtnlChkFailedRows": 0,
            "FullLoadErrorRows": 0,
            "FullLoadStartTime": moment(counts["load_started_at"]),
            "FullLoadEndTime": moment(counts["load_ended_at"]),
            "FullLoadReloaded": counts["reloaded"],
            "LastUpdateTime": moment(counts["updated_at"]),
            "ValidationState": "Not enabled",
        }
    )


OPERATIONS: dict[str, Operation] = {
    "StartReplicationTask": start,
    "StopReplicationTask": stop,
    "ReloadTables": reload_tables,
    "DescribeTableStatistics": describe_table_statistics,
}
