"""Replication instances and their subnet groups: accepted and described. The engine that they stand for runs on this machine already."""

from typing import Any

from emulator.dms.errors import InvalidStateError
from emulator.dms.listing import by, listed
from emulator.dms.operation import Answer, Operation, Request, moment
from emulator.dms.registry import INSTANCE, SUBNET_GROUP, TASK, Document, Session

ENGINE_VERSION = "3.5.4"
"""The version of DMS whose record format is written."""
_NOT_KEPT = {"ResourceIdentifier", "Tags", "ReplicationInstanceArn", "ApplyImmediately", "AllowMajorVersionUpgrade", "VpcSecurityGroupIds"}
_DEFAULTS = {
    "AllocatedStorage": 50,
    "MultiAZ": False,
    "AutoMinorVersionUpgrade": True,
    "PubliclyAccessible": False,
    "EngineVersion": ENGINE_VERSION,
}
_INSTANCE_FILTERS = {
    "replication-instance-arn": by("ReplicationInstanceArn"),
    "replication-instance-id": by("ReplicationInstanceIdentifier"),
    "replication-instance-class": by("ReplicationInstanceClass"),
    "engine-version": by("EngineVersion"),
}
_GROUP_FILTERS = {"replication-subnet-group-id": by("ReplicationSubnetGroupIdentifier")}


def create_instance(session: Session, request: Request) -> Answer:
    """CreateReplicationInstance: available at once."""
    document: Document = {**_DEFAULTS, **_kept(request)}
    document["ReplicationInstanceIdentifier"] = document["ReplicationInstanceIdentifier"].lower()
    if group := document.get("ReplicationSubnetGroupIdentifier"):
        session.arn_of(SUBNET_GROUP, group.lower())
    arn = session.add(INSTANCE, document["ReplicationInstanceIdentifier"], request, document)
    return {"ReplicationInstance": _instance(session, arn, None, document)}


def modify_instance(session: Session, request: Request) -> Answer:
    """ModifyReplicationInstance: described from now on."""
    arn = request["ReplicationInstanceArn"]
    kept = _kept(request)
    kept.pop("ReplicationInstanceIdentifier", None)
    document = session.get(INSTANCE, arn) | kept
    session.put(arn, document)
    return {"ReplicationInstance": _instance(session, arn, None, document)}


def delete_instance(session: Session, request: Request) -> Answer:
    """DeleteReplicationInstance."""
    arn = request["ReplicationInstanceArn"]
    document = session.get(INSTANCE, arn)
    if any(task["ReplicationInstanceArn"] == arn for _, _, task in session.all(TASK)):
        raise InvalidStateError(f"Replication Instance {arn} has one or more tasks.")
    answer = _instance(session, arn, None, document) | {"ReplicationInstanceStatus": "deleting"}
    session.remove(arn)
    return {"ReplicationInstance": answer}


def describe_instances(session: Session, request: Request) -> Answer:
    """DescribeReplicationInstances."""
    instances = [_instance(session, arn, created_at, document) for arn, created_at, document in session.all(INSTANCE)]
    return listed(request, "ReplicationInstances", instances, _INSTANCE_FILTERS)


def create_group(session: Session, request: Request) -> Answer:
    """CreateReplicationSubnetGroup."""
    document = _kept(request)
    document["ReplicationSubnetGroupIdentifier"] = document["ReplicationSubnetGroupIdentifier"].lower()
    session.add(SUBNET_GROUP, document["ReplicationSubnetGroupIdentifier"], request, document)
    return {"ReplicationSubnetGroup": _group(document)}


def modify_group(session: Session, request: Request) -> Answer:
    """ModifyReplicationSubnetGroup."""
    arn = session.arn_of(SUBNET_GROUP, request["ReplicationSubnetGroupIdentifier"].lower())
    document = session.get(SUBNET_GROUP, arn)
    document |= {name: value for name, value in _kept(request).items() if name != "ReplicationSubnetGroupIdentifier"}
    session.put(arn, document)
    return {"ReplicationSubnetGroup": _group(document)}


def delete_group(session: Session, request: Request) -> Answer:
    """DeleteReplicationSubnetGroup."""
    identifier = request["ReplicationSubnetGroupIdentifier"].lower()
    arn = session.arn_of(SUBNET_GROUP, identifier)
    for instance_arn, _, instance in session.all(INSTANCE):
        if instance.get("ReplicationSubnetGroupIdentifier", "").lower() == identifier:
            raise InvalidStateError(f"Replication Subnet Group {identifier} is used by {instance_arn}.")
    session.remove(arn)
    return {}


def describe_groups(session: Session, request: Request) -> Answer:
    """DescribeReplicationSubnetGroups."""
    groups = [_group(document) for _, _, document in session.all(SUBNET_GROUP)]
    return listed(request, "ReplicationSubnetGroups", groups, _GROUP_FILTERS)


def _kept(request: Request) -> Document:
    return {name: value for name, value in request.items() if name not in _NOT_KEPT}


def _instance(session: Session, arn: str, created_at: float | None, document: Document) -> dict[str, Any]:
    shown = {name: value for name, value in document.items() if name != "ReplicationSubnetGroupIdentifier"}
    if created_at is None:
        created_at = session.created_at(INSTANCE, document["ReplicationInstanceIdentifier"])
    if identifier := document.get("ReplicationSubnetGroupIdentifier"):
        shown["ReplicationSubnetGroup"] = _group(session.get(SUBNET_GROUP, session.arn_of(SUBNET_GROUP, identifier.lower())))
    return {
        **shown,
        "ReplicationInstanceArn": arn,
        "ReplicationInstanceStatus": "available",
        "InstanceCreateTime": moment(created_at),
        "ReplicationInstancePrivateIpAddress": "127.0.0.1",
        "ReplicationInstancePrivateIpAddresses": ["127.0.0.1"],
        "ReplicationInstancePublicIpAddresses": [],
    }


def _group(document: Document) -> dict[str, Any]:
    shown = {name: value for name, value in document.items() if name != "SubnetIds"}
    subnets = [{"SubnetIdentifier": name, "SubnetStatus": "Active"} for name in document["SubnetIds"]]
    return {**shown, "SubnetGroupStatus": "Complete", "Subnets": subnets}


OPERATIONS: dict[str, Operation] = {
    "CreateReplicationInstance": create_instance,
    "ModifyReplicationInstance": modify_instance,
    "DeleteReplicationInstance": delete_instance,
    "DescribeReplicationInstances": describe_instances,
    "CreateReplicationSubnetGroup": create_group,
    "ModifyReplicationSubnetGroup": modify_group,
    "DeleteReplicationSubnetGroup": delete_group,
    "DescribeReplicationSubnetGroups": describe_groups,
}
