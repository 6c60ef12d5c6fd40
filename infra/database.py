"""The database as the product needs it: its schema, its accounts, and a binary log that is kept long enough."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pymysql
from pymysql.constants import ER

from infra.accounts import ROLES, Account, ensure_accounts
from infra.cloudformation import DeploymentError, Say
from infra.migrate import Connection, MigrationError, migrate_database, open_session
from infra.secret import read_secret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

BINARY_LOG_HOURS = 72
"""How long change data capture may be away before changes are lost. DMS asks for 24 hours at least."""


def prepare_database(secrets: "SecretsManagerClient", outputs: Mapping[str, str], say: Say) -> None:
    """Bring the schema to the newest version, then the accounts to what their secrets say, all as the owner.

    `outputs` has the secrets' ARNs. Raises DeploymentError.
    """
    told = read_secret(secrets, outputs["OwnerSecretArn"])
    owner = Connection(host=told["host"], port=int(told["port"]), user=told["username"], password=told["password"], database=told["dbname"])
    try:
        for name in migrate_database(owner):
            say(f"database: {name} applied")
    except MigrationError as error:
        raise DeploymentError(f"database: {error}") from error
    accounts = [_account(role, read_secret(secrets, outputs[f"{role}SecretArn"])) for role in ROLES]
    ensure_accounts(owner, accounts)
    say(f"database: the accounts {', '.join(it.name for it in accounts)} are as their secrets say")
    keep_binary_log(owner)


def keep_binary_log(owner: Connection) -> None:
    """On Aurora, which removes its binary log as soon as it likes: keep it for BINARY_LOG_HOURS. Raises DeploymentError.

    Source: Aurora user guide, "mysql.rds_set_configuration". Other servers have a setting for it, and not this procedure.
    """
    try:
        with open_session(owner) as cursor:
            cursor.execute("CALL mysql.rds_set_configuration('binlog retention hours', %s)", [BINARY_LOG_HOURS])
    except pymysql.MySQLError as error:
        if error.args[0] != ER.SP_DOES_NOT_EXIST:
            raise DeploymentError(f"database: the binary log's retention cannot be set: {error}") from error


def _account(role: str, secret: Mapping[str, str]) -> Account:
    return Account(role, secret["username"], secret["password"])
