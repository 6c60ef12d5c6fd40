"""The people of a stage: created in its user pool, or brought to what they should be, as often as it is run.

The pool is the one that the stack `gonio-<stage>-identity` made. A password never stands on the command line, where others can read it.

Usage: GONIO_USER_PASSWORD=… python -m infra.users ensure --stage local --email E --role therapist --tenant T
       python -m infra.users list --stage local
       python -m infra.users disable --stage local --email E
"""

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from botocore.exceptions import BotoCoreError, ClientError

from infra import cloudformation
from infra.cloudformation import DeploymentError
from infra.session import session_of
from infra.stage import Stage, read_stage

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import AttributeTypeTypeDef

type Role = Literal["therapist", "operator"]
ROLES: tuple[Role, ...] = get_args(Role.__value__)
PASSWORD_VARIABLE = "GONIO_USER_PASSWORD"  # noqa: S105 (a variable's name)
TENANT_ATTRIBUTE = "custom:tenant"


@dataclass(frozen=True, slots=True)
class User:
    """Who somebody is. A therapist belongs to one tenant; an operator sees the devices of all and belongs to none."""

    email: str
    role: Role
    tenant: str | None = None

    def __post_init__(self) -> None:
        if (self.role == "therapist") != bool(self.tenant):
            raise DeploymentError(f"{self.email}: a therapist needs a tenant, and an operator has none")


@dataclass(frozen=True, slots=True)
class Listed:
    """A user as the pool knows it."""

    email: str
    tenant: str | None
    roles: tuple[str, ...]
    enabled: bool


def ensure_user(client: "CognitoIdentityProviderClient", pool_id: str, user: User, password: str) -> bool:
    """Create a user, or bring role, tenant, password and access to what is given; whether it is new.

    The address counts as verified: an administrator vouches for it. Sign-ins that stand go on standing.
    """
    created = _create(client, pool_id, user)
    if not created:
        client.admin_update_user_attributes(UserPoolId=pool_id, Username=user.email, UserAttributes=_attributes(user))
        _clear_tenant(client, pool_id, user)
        client.admin_enable_user(UserPoolId=pool_id, Username=user.email)
    client.admin_set_user_password(UserPoolId=pool_id, Username=user.email, Password=password, Permanent=True)
    _set_role(client, pool_id, user)
    return created


def list_users(client: "CognitoIdentityProviderClient", pool_id: str) -> list[Listed]:
    """Everybody in the pool, by address."""
    found = []
    for page in client.get_paginator("list_users").paginate(UserPoolId=pool_id):
        for one in page["Users"]:
            attributes = {attribute["Name"]: attribute.get("Value", "") for attribute in one.get("Attributes", [])}
            roles = tuple(sorted(_groups(client, pool_id, one["Username"])))
            found.append(Listed(attributes.get("email", one["Username"]), attributes.get(TENANT_ATTRIBUTE), roles, one["Enabled"]))
    return sorted(found, key=lambda user: user.email)


def disable_user(client: "CognitoIdentityProviderClient", pool_id: str, email: str) -> None:
    """Let a user in no more, and end the sign-ins that stand."""
    client.admin_disable_user(UserPoolId=pool_id, Username=email)
    client.admin_user_global_sign_out(UserPoolId=pool_id, Username=email)


def pool_of(stage: Stage) -> str:
    """The id of a stage's user pool. Raises DeploymentError when the stage has none yet."""
    client = session_of(stage).client("cloudformation", endpoint_url=stage.endpoint_url)
    stack = f"gonio-{stage.name}-identity"
    pool_id = cloudformation.outputs(client, stack).get("UserPoolId")
    if pool_id is None:
        raise DeploymentError(f"stage {stage.name!r} has no user pool: the stack {stack} is not deployed; deploy the stage first")
    return pool_id


def _create(client: "CognitoIdentityProviderClient", pool_id: str, user: User) -> bool:
    try:
        client.admin_create_user(UserPoolId=pool_id, Username=user.email, UserAttributes=_attributes(user), MessageAction="SUPPRESS")
    except client.exceptions.UsernameExistsException:
        return False
    return True


def _attributes(user: User) -> "list[AttributeTypeTypeDef]":
    """Without the address: it is the user name, and pools that sign in by address take it from there."""
    wanted = {"email_verified": "true"} | ({TENANT_ATTRIBUTE: user.tenant} if user.tenant else {})
    return [{"Name": name, "Value": value} for name, value in wanted.items()]


def _clear_tenant(client: "CognitoIdentityProviderClient", pool_id: str, user: User) -> None:
    if user.tenant is None:
        client.admin_delete_user_attributes(UserPoolId=pool_id, Username=user.email, UserAttributeNames=[TENANT_ATTRIBUTE])


def _set_role(client: "CognitoIdentityProviderClient", pool_id: str, user: User) -> None:
    """One role and no other; groups that are not roles are left alone."""
    present = _groups(client, pool_id, user.email)
    for role in ROLES:
        if role in present and role != user.role:
            client.admin_remove_user_from_group(UserPoolId=pool_id, Username=user.email, GroupName=role)
    if user.role not in present:
        client.admin_add_user_to_group(UserPoolId=pool_id, Username=user.email, GroupName=user.role)


def _groups(client: "CognitoIdentityProviderClient", pool_id: str, username: str) -> set[str]:
    pages = client.get_paginator("admin_list_groups_for_user").paginate(UserPoolId=pool_id, Username=username)
    return {group["GroupName"] for page in pages for group in page["Groups"]}


def _password(environ: Mapping[str, str]) -> str:
    """From the environment, else the first line of the standard input. Raises DeploymentError when both are empty."""
    password = environ.get(PASSWORD_VARIABLE) or sys.stdin.readline().rstrip("\n")
    if not password:
        raise DeploymentError(f"no password: set {PASSWORD_VARIABLE}, or give it on the standard input")
    return password


def _run(arguments: argparse.Namespace) -> None:
    stage = read_stage(arguments.stage)
    pool_id = pool_of(stage)
    client = session_of(stage).client("cognito-idp", endpoint_url=stage.endpoint_url)
    if arguments.command == "ensure":
        user = User(arguments.email, arguments.role, arguments.tenant)
        created = ensure_user(client, pool_id, user, _password(os.environ))
        print(f"{user.email}: {'created' if created else 'is as it should be'}")
    elif arguments.command == "disable":
        disable_user(client, pool_id, arguments.email)
        print(f"{arguments.email}: disabled")
    else:
        for listed in list_users(client, pool_id):
            state = "" if listed.enabled else "  (disabled)"
            print(f"{listed.email}  {', '.join(listed.roles) or 'no role'}  {listed.tenant or '-'}{state}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="infra.users", description="The people of a stage.")
    commands = parser.add_subparsers(dest="command", required=True)
    ensure = commands.add_parser(
        "ensure", help=f"create or correct a user; the password comes from {PASSWORD_VARIABLE} or the standard input"
    )
    disable = commands.add_parser("disable", help="let a user in no more")
    for command in (ensure, disable, commands.add_parser("list", help="show everybody")):
        command.add_argument("--stage", default=os.environ.get("GONIO_STAGE", "local"))
    for command in (ensure, disable):
        command.add_argument("--email", required=True)
    ensure.add_argument("--role", choices=ROLES, required=True)
    ensure.add_argument("--tenant", help="a therapist's tenant")
    return parser


def main() -> int:
    """The command line; 0 when it is done."""
    try:
        _run(_parser().parse_args())
    except DeploymentError as error:
        print(f"users: {error}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"users: the user pool refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
