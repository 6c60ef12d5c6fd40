"""Replication tasks as they are declared: created, modified, deleted, described."""

from typing import Any

from emulator.dms.errors import InvalidCombinationError, InvalidParameterError, InvalidStateError
from emulator.dms.listing import by, listed
from emulator.dms.operation import Answer, Operation, Request, moment, without_nothing
from emulator.dms.registry import ENDPOINT, INSTANCE, TASK, Document, Session
from emulator.replication import table_mappings, task_settings
from emulator.replication.positions import LogPosition
from emulator.replication.store import decoded
from emulator.replication.task_state import FULL_LOAD, LOADED

MIGRATION_TYPES = ("full-load", "cdc", "full-load-and-cdc")
_KEPT = (
    "ReplicationTaskIdentifier",
    "SourceEndpointArn",
    "TargetEndpointArn",
    "ReplicationInstanceArn",
    "MigrationType",
    "TableMappings",
    "ReplicationTaskSettings",
    "CdcStartPosition",
    "TaskData",
)
_UNSUPPORTED = ("CdcStartTime", "CdcStopPosition")
_AT_REST = {"ready", "stopped", "failed"}
_FILTERS = {
    "replication-task-arn": by("ReplicationTaskArn"),
    "replication-task-id": by("ReplicationTaskIdentifier"),
    "migration-type": by("MigrationType"),
    "replication-instance-arn": by("ReplicationInstanceArn"),
}


def create(session: Session, request: Request) -> Answer:
    """CreateReplicationTask: ready at once. Nothing runs before StartReplicationTask."""
    document = _kept(request)
    document["ReplicationTaskIdentifier"] = document["ReplicationTaskIdentifier"].lower()
    check(request, document)
    if session.get(ENDPOINT, document["SourceEndpointArn"])["EndpointType"].lower() != "source":
        raise InvalidParameterError("SourceEndpointArn is not a source endpoint.")
    if session.get(ENDPOINT, document["TargetEndpointArn"])["EndpointType"].lower() != "target":
        raise InvalidParameterError("TargetEndpointArn is not a target endpoint.")
    session.get(INSTANCE, document["ReplicationInstanceArn"])
    arn = session.add(TASK, document["ReplicationTaskIdentifier"], request, document)
    session.connection.execute("INSERT INTO runs (task) VALUES (?)", (arn,))
    return {"ReplicationTask": described(session, arn) | {"Status": "creating"}}


def modify(session: Session, request: Request) -> Answer:
    """ModifyReplicationTask: of a task that does not run."""
    arn = request["ReplicationTaskArn"]
    document = session.get(TASK, arn) | {name: value for name, value in _kept(request).items() if name != "ReplicationTaskIdentifier"}
    check(request, document)
    identifier: str = document["ReplicationTaskIdentifier"]
    if str(request.get("ReplicationTaskIdentifier", identifier)).lower() != identifier:
        raise InvalidParameterError("A change of ReplicationTaskIdentifier is not supported.")
    require_at_rest(session, arn)
    session.put(arn, document)
    return {"ReplicationTask": described(session, arn) | {"Status": "modifying"}}


def delete(session: Session, request: Request) -> Answer:
    """DeleteReplicationTask: of a task that does not run."""
    arn = request["ReplicationTaskArn"]
    session.get(TASK, arn)
    require_at_rest(session, arn)
    answer = described(session, arn) | {"Status": "deleting"}
    session.remove(arn)
    session.connection.execute("DELETE FROM runs WHERE task = ?", (arn,))
    session.connection.execute("DELETE FROM tables WHERE task = ?", (arn,))
    return {"ReplicationTask": answer}


def describe(session: Session, request: Request) -> Answer:
    """DescribeReplicationTasks."""
    tasks = [described(session, arn) for arn, _, _ in session.all(TASK)]
    endpoint = {"endpoint-arn": lambda task: wanted_endpoint(request, task)}
    answer = listed(request, "ReplicationTasks", tasks, {**_FILTERS, **endpoint})
    if request.get("WithoutSettings"):
        for task in answer["ReplicationTasks"]:
            task.pop("ReplicationTaskSettings", None)
            task.pop("TableMappings", None)
    return answer


def described(session: Session, arn: str) -> dict[str, Any]:
    """A task as the API tells it, with what the engine told of it."""
    document = session.get(TASK, arn)
    run = session.connection.execute("SELECT * FROM runs WHERE task = ?", (arn,)).fetchone()
    times, checkpoint = decoded(run["times"]), run["checkpoint"]
    told = {
        "ReplicationTaskArn": arn,
        "Status": run["status"],
        "StopReason": run["stop_reason"],
        "LastFailureMessage": run["failure"],
        "ReplicationTaskCreationDate": moment(session.created_at(TASK, document["ReplicationTaskIdentifier"])),
        "ReplicationTaskStartDate": moment(times.get("started_at")),
        "RecoveryCheckpoint": f"checkpoint:V1#{checkpoint}" if checkpoint else None,
        "ReplicationTaskStats": _statistics(session, arn, times) if times else None,
    }
    return document | without_nothing(told)


def wanted_endpoint(request: Request, task: dict[str, Any]) -> str | None:
    """The task's endpoint that the filter `endpoint-arn` asks for."""
    values = next(one["Values"] for one in request["Filters"] if one["Name"] == "endpoint-arn")
    return next((task[name] for name in ("SourceEndpointArn", "TargetEndpointArn") if task[name] in values), None)


def check(request: Request, document: Document) -> None:
    """What is asked of a task. Raises InvalidParameterError, InvalidCombinationError."""
    for name in _UNSUPPORTED:
        if request.get(name) is not None:
            raise InvalidParameterError(f"{name} is not supported.")
    if document["MigrationType"] not in MIGRATION_TYPES:
        raise InvalidParameterError(f"MigrationType '{document['MigrationType']}' is none of {', '.join(MIGRATION_TYPES)}.")
    try:
        table_mappings.parse(document["TableMappings"])
        task_settings.parse(document.get("ReplicationTaskSettings"))
        if position := document.get("CdcStartPosition"):
            LogPosition.parse(position)
    except (table_mappings.TableMappingError, task_settings.TaskSettingsError, ValueError) as error:
        raise InvalidParameterError(str(error)) from error
    if document.get("CdcStartPosition") and document["MigrationType"] != "cdc":
        raise InvalidCombinationError("CdcStartPosition goes with MigrationType cdc alone.")


def require_at_rest(session: Session, arn: str) -> None:
    """Raises InvalidStateError for a task that is starting, running or stopping."""
    status = session.connection.execute("SELECT status FROM runs WHERE task = ?", (arn,)).fetchone()["status"]
    if status not in _AT_REST:
        raise InvalidStateError(f"Replication Task {arn} is currently {status}; it has to be stopped first.")


def _kept(request: Request) -> Document:
    return {name: request[name] for name in _KEPT if request.get(name) is not None}


def _statistics(session: Session, arn: str, times: dict[str, float]) -> dict[str, Any]:
    rows = session.connection.execute("SELECT state FROM tables WHERE task = ?", (arn,)).fetchall()
    states = [row["state"] for row in rows]
    loaded, loading = states.count(LOADED), states.count(FULL_LOAD)
    started_at, stopped_at = times.get("started_at"), times.get("stopped_at")
    return without_nothing(
        {
            "FullLoadProgressPercent": 100 * loaded // len(states) if states else 0,
            "ElapsedTimeMillis": round(1000 * max(0.0, times.get("load_finished_at", 0.0) - times.get("load_started_at", 0.0))),
            "TablesLoaded": loaded,
            "TablesLoading": loading,
            "TablesQueued": len(states) - loaded - loading,
            "TablesErrored": 0,
            "FreshStartDate": moment(times.get("fresh_started_at")),
            "StartDate": moment(started_at),
            "StopDate": moment(stopped_at) if stopped_at and stopped_at > (started_at or 0.0) else None,
            "FullLoadStartDate": moment(times.get("load_started_at")),
            "FullLoadFinishDate": moment(times.get("load_finished_at")),
        }
    )


OPERATIONS: dict[str, Operation] = {
    "CreateReplicationTask": create,
    "ModifyReplicationTask": modify,
    "DeleteReplicationTask": delete,
    "DescribeReplicationTasks": describe,
}
