"""Endpoints: MySQL (MariaDB, Aurora MySQL) sources and Kinesis targets. Others are refused by name."""

from typing import Any

from emulator.dms.errors import InvalidParameterError, InvalidStateError
from emulator.dms.listing import by, listed
from emulator.dms.operation import Answer, Operation, Request
from emulator.dms.registry import ENDPOINT, INSTANCE, TASK, Document, Session

SOURCES = {"mysql": "MySQL", "mariadb": "MariaDB", "aurora": "Amazon Aurora MySQL"}
TARGETS = {"kinesis": "Amazon Kinesis"}
_NOT_KEPT = {"ResourceIdentifier", "Tags", "ExactSettings", "EndpointArn"}
_SECRETS = {"Password"}
_FILTERS = {
    "endpoint-arn": by("EndpointArn"),
    "endpoint-id": by("EndpointIdentifier"),
    "endpoint-type": by("EndpointType"),
    "engine-name": by("EngineName"),
}


def create(session: Session, request: Request) -> Answer:
    """CreateEndpoint."""
    document = {name: value for name, value in request.items() if name not in _NOT_KEPT}
    document["EndpointIdentifier"] = document["EndpointIdentifier"].lower()
    _check(document)
    arn = session.add(ENDPOINT, document["EndpointIdentifier"], request, document)
    return {"Endpoint": _described(arn, document)}


def modify(session: Session, request: Request) -> Answer:
    """ModifyEndpoint. Running tasks see it when they connect again."""
    arn = request["EndpointArn"]
    document = session.get(ENDPOINT, arn)
    for name, value in request.items():
        if name not in _NOT_KEPT and name != "EndpointIdentifier":
            whole = request.get("ExactSettings") or not isinstance(value, dict)
            document[name] = value if whole else {**document.get(name, {}), **value}
    identifier: str = document["EndpointIdentifier"]
    if str(request.get("EndpointIdentifier", identifier)).lower() != identifier:
        raise InvalidParameterError("A change of EndpointIdentifier is not supported.")
    _check(document)
    session.put(arn, document)
    return {"Endpoint": _described(arn, document)}


def delete(session: Session, request: Request) -> Answer:
    """DeleteEndpoint."""
    arn = request["EndpointArn"]
    document = session.get(ENDPOINT, arn)
    for task_arn, _, task in session.all(TASK):
        if arn in (task["SourceEndpointArn"], task["TargetEndpointArn"]):
            raise InvalidStateError(f"Endpoint {arn} is part of one or more ReplicationTasks: {task_arn}.")
    session.remove(arn)
    return {"Endpoint": _described(arn, document) | {"Status": "deleting"}}


def describe(session: Session, request: Request) -> Answer:
    """DescribeEndpoints."""
    endpoints = [_described(arn, document) for arn, _, document in session.all(ENDPOINT)]
    return listed(request, "Endpoints", endpoints, _FILTERS)


def test_connection(session: Session, request: Request) -> Answer:
    """TestConnection: the endpoint and the instance exist; whether the database answers shows when a task starts."""
    return {"Connection": _connection(session, request["ReplicationInstanceArn"], request["EndpointArn"])}


def _connection(session: Session, instance_arn: str, endpoint_arn: str) -> dict[str, Any]:
    return {
        "ReplicationInstanceArn": instance_arn,
        "EndpointArn": endpoint_arn,
        "Status": "successful",
        "EndpointIdentifier": session.get(ENDPOINT, endpoint_arn)["EndpointIdentifier"],
        "ReplicationInstanceIdentifier": session.get(INSTANCE, instance_arn)["ReplicationInstanceIdentifier"],
    }


def _described(arn: str, document: Document) -> dict[str, Any]:
    """The endpoint as the API tells it, without what must not be told."""
    shown = {name: value for name, value in document.items() if name not in _SECRETS}
    if "MySQLSettings" in shown:
        shown["MySQLSettings"] = {name: value for name, value in shown["MySQLSettings"].items() if name not in _SECRETS}
    engine = document["EngineName"]
    return {
        **shown,
        "EndpointArn": arn,
        "EngineDisplayName": (SOURCES | TARGETS)[engine],
        "Status": "active",
        "SslMode": document.get("SslMode", "none"),
    }


def _check(document: Document) -> None:
    kind, engine = document["EndpointType"].lower(), document["EngineName"]
    known = SOURCES if kind == "source" else TARGETS
    if engine not in known:
        raise InvalidParameterError(f"EngineName '{engine}' as a {kind} is not supported; {', '.join(known)} is.")
    if kind == "target":
        _check_kinesis(document.get("KinesisSettings") or {})
    else:
        _check_source(document)


def _check_kinesis(settings: dict[str, Any]) -> None:
    if not settings.get("StreamArn"):
        raise InvalidParameterError("KinesisSettings.StreamArn is required for a Kinesis target.")
    if not settings.get("ServiceAccessRoleArn"):
        raise InvalidParameterError("KinesisSettings.ServiceAccessRoleArn is required for a Kinesis target.")


def _check_source(document: Document) -> None:
    settings = document.get("MySQLSettings") or {}
    if settings.get("SecretsManagerSecretId"):
        return
    told = {**document, **settings}
    if missing := [name for name in ("ServerName", "Port", "Username", "Password") if not told.get(name)]:
        raise InvalidParameterError(f"A MySQL source needs {', '.join(missing)}, or MySQLSettings.SecretsManagerSecretId.")


OPERATIONS: dict[str, Operation] = {
    "CreateEndpoint": create,
    "ModifyEndpoint": modify,
    "DeleteEndpoint": delete,
    "DescribeEndpoints": describe,
    "TestConnection": test_connection,
}
