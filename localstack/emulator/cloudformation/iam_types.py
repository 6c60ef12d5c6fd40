"""Roles and managed policies. LocalStack's own role forgets changes of inline policies, its managed policy all changes."""

import json
from typing import Any

from emulator.cloudformation.declaration import Client, Properties, ResourceType


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _create_role(client: Client, properties: Properties) -> None:
    optional = {
        name: properties[name]
        for name in ("Path", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags")
        if name in properties
    }
    document = _text(properties["AssumeRolePolicyDocument"])
    client.create_role(RoleName=properties["RoleName"], AssumeRolePolicyDocument=document, **optional)
    _grant(client, properties, {})


def _update_role(client: Client, properties: Properties, before: Properties) -> None:
    name = properties["RoleName"]
    client.update_assume_role_policy(RoleName=name, PolicyDocument=_text(properties["AssumeRolePolicyDocument"]))
    duration = {"MaxSessionDuration": properties["MaxSessionDuration"]} if "MaxSessionDuration" in properties else {}
    client.update_role(RoleName=name, Description=properties.get("Description", ""), **duration)
    if "PermissionsBoundary" in properties:
        client.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=properties["PermissionsBoundary"])
    elif "PermissionsBoundary" in before:
        client.delete_role_permissions_boundary(RoleName=name)
    _tag(client, properties, before)
    _grant(client, properties, before)


def _tag(client: Client, properties: Properties, before: Properties) -> None:
    wanted = {tag["Key"] for tag in properties.get("Tags", [])}
    if gone := sorted({tag["Key"] for tag in before.get("Tags", [])} - wanted):
        client.untag_role(RoleName=properties["RoleName"], TagKeys=gone)
    if wanted:
        client.tag_role(RoleName=properties["RoleName"], Tags=properties["Tags"])


def _grant(client: Client, properties: Properties, before: Properties) -> None:
    """Bring inline and attached policies to what is declared."""
    name = properties["RoleName"]
    inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in properties.get("Policies", [])}
    for gone in {policy["PolicyName"] for policy in before.get("Policies", [])} - inline.keys():
        client.delete_role_policy(RoleName=name, PolicyName=gone)
    for policy_name, document in inline.items():
        client.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=_text(document))
    attached, wanted = set(before.get("ManagedPolicyArns", [])), set(properties.get("ManagedPolicyArns", []))
    for arn in sorted(attached - wanted):
        client.detach_role_policy(RoleName=name, PolicyArn=arn)
    for arn in sorted(wanted - attached):
        client.attach_role_policy(RoleName=name, PolicyArn=arn)


def _delete_role(client: Client, properties: Properties) -> None:
    """What others attached goes too, as far as CloudFormation on AWS takes it along."""
    _grant(client, {"RoleName": properties["RoleName"]}, properties)
    client.delete_role(RoleName=properties["RoleName"])


def _read_role(client: Client, properties: Properties) -> Properties:
    role = client.get_role(RoleName=properties["RoleName"])["Role"]
    return {"Arn": role["Arn"], "RoleId": role["RoleId"]}


ROLE = ResourceType(
    name="AWS::IAM::Role",
    client="iam",
    identifier="RoleName",
    create=_create_role,
    read=_read_role,
    update=_update_role,
    delete=_delete_role,
    create_only=("Path",),
)

KEPT_POLICY_VERSIONS = 5
"""As many versions of a managed policy as IAM keeps."""
_HOLDERS = (("Roles", "role", "RoleName"), ("Users", "user", "UserName"), ("Groups", "group", "GroupName"))


def _create_policy(client: Client, properties: Properties) -> None:
    optional = {name: properties[name] for name in ("Path", "Description") if name in properties}
    document = _text(properties["PolicyDocument"])
    arn = client.create_policy(PolicyName=properties["ManagedPolicyName"], PolicyDocument=document, **optional)["Policy"]["Arn"]
    properties["PolicyArn"] = arn
    _attach(client, properties, {})


def _update_policy(client: Client, properties: Properties, before: Properties) -> None:
    arn = properties["PolicyArn"] = before["PolicyArn"]
    versions = client.list_policy_versions(PolicyArn=arn)["Versions"]
    if len(versions) >= KEPT_POLICY_VERSIONS:
        oldest = min((version for version in versions if not version["IsDefaultVersion"]), key=lambda version: version["CreateDate"])
        client.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
    client.create_policy_version(PolicyArn=arn, PolicyDocument=_text(properties["PolicyDocument"]), SetAsDefault=True)
    _attach(client, properties, before)


def _attach(client: Client, properties: Properties, before: Properties) -> None:
    arn = properties["PolicyArn"]
    for member, noun, parameter in _HOLDERS:
        attached, wanted = set(before.get(member, [])), set(properties.get(member, []))
        for name in sorted(attached - wanted):
            getattr(client, f"detach_{noun}_policy")(**{parameter: name, "PolicyArn": arn})
        for name in sorted(wanted - attached):
            getattr(client, f"attach_{noun}_policy")(**{parameter: name, "PolicyArn": arn})


def _delete_policy(client: Client, properties: Properties) -> None:
    arn = properties["PolicyArn"]
    _attach(client, {"PolicyArn": arn}, properties)
    for version in client.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    client.delete_policy(PolicyArn=arn)


MANAGED_POLICY = ResourceType(
    name="AWS::IAM::ManagedPolicy",
    client="iam",
    identifier="ManagedPolicyName",
    create=_create_policy,
    read=lambda client, properties: {"PolicyId": client.get_policy(PolicyArn=properties["PolicyArn"])["Policy"]["PolicyId"]},
    update=_update_policy,
    delete=_delete_policy,
    reference="PolicyArn",
    create_only=("Path", "Description"),
)
