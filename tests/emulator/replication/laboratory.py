"""Tasks in a store as the API writes them, an engine in this process, and what a consumer makes of the stream."""

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.dms import endpoints, instances, running, tasks
from emulator.dms.registry import Registry
from emulator.replication.engine import Engine
from emulator.replication.store import Store
from tests.emulator.replication.database import PASSWORD, USER, Database
from tests.emulator.replication.fakes import FakeEndpoints, FakeTarget

ACCOUNT, REGION = "000000000000", "eu-west-1"
EVERYTHING = {
    "StreamArn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/changes",
    "ServiceAccessRoleArn": f"arn:aws:iam::{ACCOUNT}:role/dms",
    "MessageFormat": "json",
    "IncludeTransactionDetails": True,
    "IncludePartitionValue": True,
    "PartitionIncludeSchemaTable": True,
    "IncludeTableAlterOperations": True,
    "IncludeControlDetails": True,
    "IncludeNullAndEmpty": True,
}
BY_KEY = {"TargetMetadata": {"ParallelApplyThreads": 4}}


def eventually(condition: Callable[[], Any], within_s: float = 60.0) -> Any:
    """The condition's first true answer. AssertionError when none comes in time."""
    deadline = time.monotonic() + within_s
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
    return answer


def selection(schema: str, table: str = "%", action: str = "include", number: int = 1) -> dict[str, Any]:
    """A selection rule."""
    locator = {"schema-name": schema, "table-name": table}
    return {"rule-type": "selection", "rule-id": str(number), "rule-name": "r", "object-locator": locator, "rule-action": action}


@dataclass
class Laboratory:
    """A folder's tasks. The engine is this process's, unless a test starts one of its own."""

    folder: Path
    database: Database
    target: FakeTarget = field(default_factory=FakeTarget)
    _stopping: threading.Event | None = None
    _engine: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.registry = Registry(Store(self.folder))

    def call(self, operation: Callable[[Any, Any], Any], **request: Any) -> Any:
        """An operation of the API."""
        with self.registry.session(ACCOUNT, REGION) as session:
            return operation(session, request)

    def task(self, *rules: dict[str, Any], kind: str = "full-load-and-cdc", settings: Any = None, **more: Any) -> str:
        """A task from the database to the stream; its ARN."""
        source = self.call(
            endpoints.create,
            EndpointIdentifier="source",
            EndpointType="source",
            EngineName="mariadb",
            ServerName="127.0.0.1",
            Port=self.database.port,
            Username=USER,
            Password=PASSWORD,
        )
        target = self.call(
            endpoints.create,
            EndpointIdentifier="target",
            EndpointType="target",
            EngineName="kinesis",
            KinesisSettings=EVERYTHING | more.pop("kinesis", {}),
        )
        instance = self.call(instances.create_instance, ReplicationInstanceIdentifier="instance", ReplicationInstanceClass="dms.t3.micro")
        task = self.call(
            tasks.create,
            ReplicationTaskIdentifier="task",
            SourceEndpointArn=source["Endpoint"]["EndpointArn"],
            TargetEndpointArn=target["Endpoint"]["EndpointArn"],
            ReplicationInstanceArn=instance["ReplicationInstance"]["ReplicationInstanceArn"],
            MigrationType=kind,
            TableMappings=json.dumps({"rules": rules}),
            ReplicationTaskSettings=json.dumps(BY_KEY if settings is None else settings),
            **more,
        )
        return str(task["ReplicationTask"]["ReplicationTaskArn"])

    def begin(self, arn: str, kind: str = "start-replication", **more: Any) -> None:
        """StartReplicationTask."""
        self.call(running.start, ReplicationTaskArn=arn, StartReplicationTaskType=kind, **more)

    def halt(self, arn: str) -> None:
        """StopReplicationTask, and wait for the end."""
        self.call(running.stop, ReplicationTaskArn=arn)
        self.await_status(arn, "stopped")

    def described(self, arn: str) -> dict[str, Any]:
        """The task as the API shows it."""
        return self.call(tasks.describe, Filters=[{"Name": "replication-task-arn", "Values": [arn]}])["ReplicationTasks"][0]  # type: ignore[no-any-return]

    def await_status(self, arn: str, status: str) -> dict[str, Any]:
        """The task once it has a status."""
        return eventually(lambda: (task := self.described(arn))["Status"] == status and task)  # type: ignore[no-any-return]

    def statistics(self, arn: str) -> dict[str, dict[str, Any]]:
        """Table statistics by table name."""
        answer = self.call(running.describe_table_statistics, ReplicationTaskArn=arn)
        return {table["TableName"]: table for table in answer["TableStatistics"]}

    def start_engine(self) -> None:
        """An engine in threads of this process."""
        stopping = self._stopping = threading.Event()
        engine = Engine(self.folder, FakeEndpoints(self.target), lambda _runs: None)
        self._engine = threading.Thread(target=engine.run, args=(stopping,))
        self._engine.start()

    def stop_engine(self) -> None:
        """End the engine; its tasks are left as they are."""
        if self._stopping is not None and self._engine is not None:
            self._stopping.set()
            self._engine.join()
        self._stopping = self._engine = None

    def close(self) -> None:
        """End everything that this started."""
        self.stop_engine()
        self.registry.close()

    def rows(self, documents: Iterable[dict[str, Any]] | None = None) -> dict[str, dict[str, Any]]:
        """What a consumer that keeps the newest state of each key is left with."""
        return replayed(self.target.documents() if documents is None else documents)


def data(documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The data records."""
    return [document for document in documents if document["metadata"]["record-type"] == "data"]


def replayed(documents: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The last state of each key, in the stream's order."""
    state: dict[str, dict[str, Any]] = {}
    for document in data(documents):
        key = document["metadata"]["partition-key-value"]
        if document["metadata"]["operation"] == "delete":
            state.pop(key, None)
        else:
            state[key] = document["data"]
    return state


def versioned(documents: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What is left when each key keeps the state of the highest position, whatever the order of arrival."""
    newest: dict[str, tuple[tuple[str, int, int], dict[str, Any] | None]] = {}
    for document in data(documents):
        metadata = document["metadata"]
        file, offset, row = metadata["stream-position"].rsplit(".", 2)
        version, key = (file, int(offset), int(row)), metadata["partition-key-value"]
        if key not in newest or version >= newest[key][0]:
            newest[key] = (version, None if metadata["operation"] == "delete" else document["data"])
    return {key: state for key, (_, state) in newest.items() if state is not None}
