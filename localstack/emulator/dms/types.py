"""AWS::DMS types. Properties: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_DMS.html.

Endpoints, instances and tasks outlive a restart of LocalStack, and the deployment after it takes them over; a task that runs runs on. As on
AWS, no task is started by its creation. A task that runs while its declaration changes is stopped for that, and resumed.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from emulator.cloudformation.declaration import Client, Properties, ResourceType
from emulator.cloudformation.plugin import DeclaredPlugin
from emulator.dms.plugin import created_at
from emulator.dms.registry import ENDPOINT, INSTANCE, SUBNET_GROUP, TASK

_REST_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.1
_RUNNING = {"starting", "running"}
_ENDPOINT_SPELLINGS = {"MySqlSettings": "MySQLSettings"}
"""CloudFormation's spelling of a property where the API's is another."""


def _found(client: Client, kind: str, identifier: str) -> dict[str, Any]:
    """A resource by its identifier. Raises ClientError (ResourceNotFoundFault) for an unknown one."""
    operation, member, name = {
        ENDPOINT: ("describe_endpoints", "Endpoints", "endpoint-id"),
        INSTANCE: ("describe_replication_instances", "ReplicationInstances", "replication-instance-id"),
        SUBNET_GROUP: ("describe_replication_subnet_groups", "ReplicationSubnetGroups", "replication-subnet-group-id"),
        TASK: ("describe_replication_tasks", "ReplicationTasks", "replication-task-id"),
    }[kind]
    return getattr(client, operation)(Filters=[{"Name": name, "Values": [identifier.lower()]}])[member][0]  # type: ignore[no-any-return]


def _reader(kind: str, identifier: str, arn: str) -> Callable[[Client, Properties], Properties]:
    return lambda client, properties: {"Arn": _found(client, kind, properties[identifier])[arn]}


def _creation(kind: str, identifier: str, arn: str) -> Callable[[Client, Properties], datetime]:
    def creation(client: Client, properties: Properties) -> datetime:
        return created_at(kind, _found(client, kind, properties[identifier])[arn], properties[identifier].lower())

    return creation


def _typed(value: Any) -> Any:
    """Templates may give truth values as text."""
    if isinstance(value, dict):
        return {name: _typed(item) for name, item in value.items()}
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _endpoint(properties: Properties) -> dict[str, Any]:
    named = {_ENDPOINT_SPELLINGS.get(name, name): _typed(value) for name, value in properties.items()}
    return named | ({"Port": int(named["Port"])} if "Port" in named else {})


def _update_endpoint(client: Client, properties: Properties, _before: Properties) -> None:
    arn = _found(client, ENDPOINT, properties["EndpointIdentifier"])["EndpointArn"]
    wanted = {name: value for name, value in _endpoint(properties).items() if name not in {"Tags", "ResourceIdentifier", "KmsKeyId"}}
    client.modify_endpoint(EndpointArn=arn, ExactSettings=True, **wanted)
    _retag(client, arn, properties)


def _delete_endpoint(client: Client, properties: Properties) -> None:
    client.delete_endpoint(EndpointArn=_found(client, ENDPOINT, properties["EndpointIdentifier"])["EndpointArn"])


def _retag(client: Client, arn: str, properties: Properties) -> None:
    wanted = {tag["Key"] for tag in properties.get("Tags", [])}
    if gone := [tag["Key"] for tag in client.list_tags_for_resource(ResourceArn=arn)["TagList"] if tag["Key"] not in wanted]:
        client.remove_tags_from_resource(ResourceArn=arn, TagKeys=gone)
    if wanted:
        client.add_tags_to_resource(ResourceArn=arn, Tags=properties["Tags"])


ENDPOINT_TYPE = ResourceType(
    name="AWS::DMS::Endpoint",
    client="dms",
    identifier="EndpointIdentifier",
    create=lambda client, properties: client.create_endpoint(**_endpoint(properties)),
    read=lambda client, properties: (
        _reader(ENDPOINT, "EndpointIdentifier", "EndpointArn")(client, properties) | {"ExternalId": properties["EndpointIdentifier"]}
    ),
    update=_update_endpoint,
    delete=_delete_endpoint,
    reference="Arn",
    create_only=("EngineName", "EndpointType", "ResourceIdentifier"),
    created_at=_creation(ENDPOINT, "EndpointIdentifier", "EndpointArn"),
    lower_case=True,
)


def _instance(properties: Properties) -> dict[str, Any]:
    named: dict[str, Any] = _typed(properties)
    return named | ({"AllocatedStorage": int(named["AllocatedStorage"])} if "AllocatedStorage" in named else {})


def _read_instance(client: Client, properties: Properties) -> Properties:
    found = _found(client, INSTANCE, properties["ReplicationInstanceIdentifier"])
    addresses = {name: ",".join(found[name]) for name in ("ReplicationInstancePrivateIpAddresses", "ReplicationInstancePublicIpAddresses")}
    return {"Arn": found["ReplicationInstanceArn"], **addresses}


def _update_instance(client: Client, properties: Properties, _before: Properties) -> None:
    arn = _found(client, INSTANCE, properties["ReplicationInstanceIdentifier"])["ReplicationInstanceArn"]
    names = ("ReplicationInstanceClass", "AllocatedStorage", "MultiAZ", "EngineVersion", "AutoMinorVersionUpgrade", "NetworkType")
    wanted = {name: value for name, value in _instance(properties).items() if name in names}
    client.modify_replication_instance(ReplicationInstanceArn=arn, ApplyImmediately=True, **wanted)
    _retag(client, arn, properties)


def _delete_instance(client: Client, properties: Properties) -> None:
    arn = _found(client, INSTANCE, properties["ReplicationInstanceIdentifier"])["ReplicationInstanceArn"]
    client.delete_replication_instance(ReplicationInstanceArn=arn)


INSTANCE_TYPE = ResourceType(
    name="AWS::DMS::ReplicationInstance",
    client="dms",
    identifier="ReplicationInstanceIdentifier",
    create=lambda client, properties: client.create_replication_instance(**_instance(properties)),
    read=_read_instance,
    update=_update_instance,
    delete=_delete_instance,
    reference="Arn",
    create_only=("AvailabilityZone", "KmsKeyId", "PubliclyAccessible", "ReplicationSubnetGroupIdentifier", "ResourceIdentifier"),
    created_at=_creation(INSTANCE, "ReplicationInstanceIdentifier", "ReplicationInstanceArn"),
    lower_case=True,
)


def _update_group(client: Client, properties: Properties, _before: Properties) -> None:
    wanted = {name: value for name, value in properties.items() if name not in {"Tags", "Id"}}
    client.modify_replication_subnet_group(**wanted)


def _delete_group(client: Client, properties: Properties) -> None:
    client.delete_replication_subnet_group(ReplicationSubnetGroupIdentifier=properties["ReplicationSubnetGroupIdentifier"])


def _group_created_at(client: Client, properties: Properties) -> datetime:
    """Groups have no ARN in the API's answers; the clients of a stack know their region, and the local stack has one account."""
    identifier = _found(client, SUBNET_GROUP, properties["ReplicationSubnetGroupIdentifier"])["ReplicationSubnetGroupIdentifier"]
    return created_at(SUBNET_GROUP, f"arn:aws:dms:{client.meta.region_name}:000000000000:subgrp:", identifier)


SUBNET_GROUP_TYPE = ResourceType(
    name="AWS::DMS::ReplicationSubnetGroup",
    client="dms",
    identifier="ReplicationSubnetGroupIdentifier",
    create=lambda client, properties: client.create_replication_subnet_group(**properties),
    read=lambda _client, properties: {"Id": properties["ReplicationSubnetGroupIdentifier"]},
    update=_update_group,
    delete=_delete_group,
    created_at=_group_created_at,
    lower_case=True,
)


def _create_task(client: Client, properties: Properties) -> None:
    client.create_replication_task(**properties)


def _update_task(client: Client, properties: Properties, _before: Properties) -> None:
    """Only what differs is a change: a task that is taken over as it was runs on."""
    found = _found(client, TASK, properties["ReplicationTaskIdentifier"])
    names = ("MigrationType", "TableMappings", "ReplicationTaskSettings", "CdcStartPosition", "TaskData")
    wanted = {name: properties[name] for name in names if name in properties and properties[name] != found.get(name)}
    _retag(client, found["ReplicationTaskArn"], properties)
    if not wanted:
        return
    running = found["Status"] in _RUNNING
    _rest(client, properties)
    client.modify_replication_task(ReplicationTaskArn=found["ReplicationTaskArn"], **wanted)
    if running:
        client.start_replication_task(ReplicationTaskArn=found["ReplicationTaskArn"], StartReplicationTaskType="resume-processing")


def _delete_task(client: Client, properties: Properties) -> None:
    _rest(client, properties)
    arn = _found(client, TASK, properties["ReplicationTaskIdentifier"])["ReplicationTaskArn"]
    client.delete_replication_task(ReplicationTaskArn=arn)


def _rest(client: Client, properties: Properties) -> None:
    """Stop the task and wait until it has. Raises TimeoutError, which fails the resource, when no engine answers."""
    deadline = time.monotonic() + _REST_WITHIN_S
    while (found := _found(client, TASK, properties["ReplicationTaskIdentifier"]))["Status"] in _RUNNING | {"stopping"}:
        if found["Status"] in _RUNNING:
            client.stop_replication_task(ReplicationTaskArn=found["ReplicationTaskArn"])
        if time.monotonic() > deadline:
            raise TimeoutError(f"{found['ReplicationTaskIdentifier']} does not stop: does the replication engine run?")
        time.sleep(_LOOK_EVERY_S)


TASK_TYPE = ResourceType(
    name="AWS::DMS::ReplicationTask",
    client="dms",
    identifier="ReplicationTaskIdentifier",
    create=_create_task,
    read=_reader(TASK, "ReplicationTaskIdentifier", "ReplicationTaskArn"),
    update=_update_task,
    delete=_delete_task,
    reference="Arn",
    create_only=("SourceEndpointArn", "TargetEndpointArn", "ReplicationInstanceArn", "ResourceIdentifier"),
    created_at=_creation(TASK, "ReplicationTaskIdentifier", "ReplicationTaskArn"),
    lower_case=True,
)


class EndpointPlugin(DeclaredPlugin):
    """AWS::DMS::Endpoint."""

    name = ENDPOINT_TYPE.name
    declared = ENDPOINT_TYPE


class ReplicationInstancePlugin(DeclaredPlugin):
    """AWS::DMS::ReplicationInstance."""

    name = INSTANCE_TYPE.name
    declared = INSTANCE_TYPE


class ReplicationSubnetGroupPlugin(DeclaredPlugin):
    """AWS::DMS::ReplicationSubnetGroup."""

    name = SUBNET_GROUP_TYPE.name
    declared = SUBNET_GROUP_TYPE


class ReplicationTaskPlugin(DeclaredPlugin):
    """AWS::DMS::ReplicationTask."""

    name = TASK_TYPE.name
    declared = TASK_TYPE
