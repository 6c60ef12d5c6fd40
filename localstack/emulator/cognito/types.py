"""AWS::Cognito types. Properties: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Cognito.html.

Pools and clients have generated ids and names that need not be unique. A stack made anew after a restart finds its own by their names among
those that were there before this process; `Id` is what the stack itself calls the resource, so that no other stack takes the same one.
"""

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from emulator.cloudformation.declaration import Client, Properties, ResourceType
from emulator.cloudformation.plugin import DeclaredPlugin
from emulator.cognito.plugin import user_pools

_owners: dict[str, str] = {}
"""Which stack's resource has taken over which one from before this process."""


def _arguments(client: Client, operation: str, properties: Properties) -> dict[str, Any]:
    """The properties that the operation knows, typed as it wants them: templates say numbers and truth values in text as well."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    return {name: _typed(member, properties[name]) for name, member in shape.members.items() if properties.get(name) is not None}


def _typed(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        return {name: _typed(shape.members[name], item) for name, item in value.items() if name in shape.members}
    if isinstance(shape, ListShape):
        return [_typed(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {name: _typed(shape.value, item) for name, item in value.items()}
    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    return int(value) if shape.type_name in {"integer", "long"} else str(value)


def _pages(client: Client, operation: str, key: str, **arguments: Any) -> list[dict[str, Any]]:
    return [item for answer in client.get_paginator(operation).paginate(**arguments) for item in answer[key]]


def _missing(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "There is none from before"}}, operation)


def _survives(key: str, properties: Properties) -> bool:
    """Whether something was there before this process, and this resource of the stack is, or now becomes, the one that took it over."""
    return key in user_pools().found_at_start and _owners.setdefault(key, properties["Id"]) == properties["Id"]


def _pool_from_before(client: Client, properties: Properties) -> dict[str, Any] | None:
    """A pool of this name that was there before this process."""
    for pool in _pages(client, "list_user_pools", "UserPools", MaxResults=60):
        if pool["Name"] == _pool_name(properties) and _survives(pool["Id"], properties):
            return dict(pool)
    return None


def _pool_name(properties: Properties) -> str:
    return str(properties.get("UserPoolName") or properties["Id"])


def _pool_properties(properties: Properties) -> Properties:
    return properties | {"PoolName": _pool_name(properties)}


def _create_pool(client: Client, properties: Properties) -> None:
    survivor = _pool_from_before(client, properties)
    if survivor is None:
        made = client.create_user_pool(**_arguments(client, "CreateUserPool", _pool_properties(properties)))["UserPool"]
        survivor = made
        _set_mfa(client, made["Id"], properties)
    properties["UserPoolId"] = survivor["Id"]


def _pool_created_at(client: Client, properties: Properties) -> datetime:
    survivor = _pool_from_before(client, properties)
    if survivor is None:
        raise _missing("ListUserPools")
    return survivor["CreationDate"]  # type: ignore[no-any-return]


def _update_pool(client: Client, properties: Properties, before: Properties) -> None:
    pool_id = before.get("UserPoolId") or properties["UserPoolId"]
    properties["UserPoolId"] = pool_id
    client.update_user_pool(**_arguments(client, "UpdateUserPool", _pool_properties(properties)))
    _set_mfa(client, pool_id, properties)


def _set_mfa(client: Client, pool_id: str, properties: Properties) -> None:
    """`EnabledMfas` names the factors, which are settings of an operation of their own."""
    if "SOFTWARE_TOKEN_MFA" in properties.get("EnabledMfas", []):
        wanted = properties.get("MfaConfiguration", "OFF")
        client.set_user_pool_mfa_config(UserPoolId=pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration=wanted)


def _read_pool(client: Client, properties: Properties) -> Properties:
    pool = client.describe_user_pool(UserPoolId=properties["UserPoolId"])["UserPool"]
    issuer = f"{user_pools().address}/{pool['Id']}"
    return {"Arn": pool["Arn"], "ProviderName": issuer.partition("://")[2], "ProviderURL": issuer}


USER_POOL = ResourceType(
    name="AWS::Cognito::UserPool",
    client="cognito-idp",
    identifier="Id",
    create=_create_pool,
    read=_read_pool,
    update=_update_pool,
    delete=lambda client, properties: client.delete_user_pool(UserPoolId=properties["UserPoolId"]),
    reference="UserPoolId",
    create_only=("UsernameAttributes", "AliasAttributes", "UsernameConfiguration"),
    created_at=_pool_created_at,
)


def _app_client_from_before(client: Client, properties: Properties) -> dict[str, Any] | None:
    """A client of this name in a pool that was there before this process."""
    pool_id = properties["UserPoolId"]
    for found in _pages(client, "list_user_pool_clients", "UserPoolClients", UserPoolId=pool_id, MaxResults=60):
        if found["ClientName"] == _client_name(properties) and _survives(found["ClientId"], properties):
            return dict(client.describe_user_pool_client(UserPoolId=pool_id, ClientId=found["ClientId"])["UserPoolClient"])
    return None


def _client_name(properties: Properties) -> str:
    return str(properties.get("ClientName") or properties["Id"])


def _create_app_client(client: Client, properties: Properties) -> None:
    survivor = _app_client_from_before(client, properties)
    if survivor is None:
        arguments = _arguments(client, "CreateUserPoolClient", properties | {"ClientName": _client_name(properties)})
        survivor = client.create_user_pool_client(**arguments)["UserPoolClient"]
    properties["ClientId"] = survivor["ClientId"]


def _app_client_created_at(client: Client, properties: Properties) -> datetime:
    survivor = _app_client_from_before(client, properties)
    if survivor is None:
        raise _missing("ListUserPoolClients")
    return survivor["CreationDate"]  # type: ignore[no-any-return]


def _check_pool_stays(properties: Properties, before: Properties) -> None:
    """No create-only property: the engine takes a `Ref` for changed whenever its resource changes, and would replace what is as it was."""
    if before.get("UserPoolId", properties["UserPoolId"]) != properties["UserPoolId"]:
        raise ValueError("A change of UserPoolId is not supported here; give the resource another logical id")


def _update_app_client(client: Client, properties: Properties, before: Properties) -> None:
    _check_pool_stays(properties, before)
    properties["ClientId"] = before.get("ClientId") or properties["ClientId"]
    client.update_user_pool_client(**_arguments(client, "UpdateUserPoolClient", properties | {"ClientName": _client_name(properties)}))


def _read_app_client(client: Client, properties: Properties) -> Properties:
    found = client.describe_user_pool_client(UserPoolId=properties["UserPoolId"], ClientId=properties["ClientId"])["UserPoolClient"]
    secret = {"ClientSecret": found["ClientSecret"]} if "ClientSecret" in found else {}
    return {"Name": found["ClientName"], **secret}


USER_POOL_CLIENT = ResourceType(
    name="AWS::Cognito::UserPoolClient",
    client="cognito-idp",
    identifier="Id",
    create=_create_app_client,
    read=_read_app_client,
    update=_update_app_client,
    delete=lambda client, properties: client.delete_user_pool_client(UserPoolId=properties["UserPoolId"], ClientId=properties["ClientId"]),
    reference="ClientId",
    create_only=("GenerateSecret",),
    created_at=_app_client_created_at,
)


def _group_created_at(client: Client, properties: Properties) -> datetime:
    group = client.get_group(UserPoolId=properties["UserPoolId"], GroupName=_group_name(properties))["Group"]
    if not _survives(_group_key(properties), properties):
        raise _missing("GetGroup")
    return group["CreationDate"]  # type: ignore[no-any-return]


def _group_name(properties: Properties) -> str:
    return str(properties.setdefault("GroupName", properties["Id"]))


def _group_key(properties: Properties) -> str:
    return f"{properties['UserPoolId']}/{_group_name(properties)}"


def _create_group(client: Client, properties: Properties) -> None:
    """A conflict is none when the group is the one that this resource takes over."""
    _group_name(properties)
    try:
        client.create_group(**_arguments(client, "CreateGroup", properties))
    except client.exceptions.GroupExistsException:
        if not _survives(_group_key(properties), properties):
            raise


def _update_group(client: Client, properties: Properties, before: Properties) -> None:
    _check_pool_stays(properties, before)
    properties["GroupName"] = before.get("GroupName") or _group_name(properties)
    client.update_group(**_arguments(client, "UpdateGroup", properties))


USER_POOL_GROUP = ResourceType(
    name="AWS::Cognito::UserPoolGroup",
    client="cognito-idp",
    identifier="Id",
    create=_create_group,
    read=lambda _client, _properties: {},
    update=_update_group,
    delete=lambda client, properties: client.delete_group(UserPoolId=properties["UserPoolId"], GroupName=properties["GroupName"]),
    reference="GroupName",
    create_only=("GroupName",),
    created_at=_group_created_at,
)


class UserPoolPlugin(DeclaredPlugin):
    """AWS::Cognito::UserPool."""

    name = USER_POOL.name
    declared = USER_POOL


class UserPoolClientPlugin(DeclaredPlugin):
    """AWS::Cognito::UserPoolClient."""

    name = USER_POOL_CLIENT.name
    declared = USER_POOL_CLIENT


class UserPoolGroupPlugin(DeclaredPlugin):
    """AWS::Cognito::UserPoolGroup."""

    name = USER_POOL_GROUP.name
    declared = USER_POOL_GROUP
