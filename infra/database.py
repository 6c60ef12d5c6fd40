"""The database as the deployment meets it: the account for the functions' secret, and the migrations under the owner's account."""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from infra.cloudformation import DeploymentError, Say
from infra.migrate import Connection, MigrationError, migrate_database

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_PARAMETERS = {
    "DatabaseHost": ("GONIO_DATABASE_HOST", "host"),
    "DatabasePort": ("GONIO_DATABASE_PORT", "port"),
    "DatabaseName": ("GONIO_DATABASE_NAME", "dbname"),
    "DatabaseUsername": ("GONIO_DATABASE_USERNAME", "username"),
    "DatabasePassword": ("GONIO_DATABASE_PASSWORD", "password"),
}
_REPLICATION = {
    "ReplicationUsername": ("GONIO_REPLICATION_USERNAME", "username"),
    "ReplicationPassword": ("GONIO_REPLICATION_PASSWORD", "password"),
}


def external_database(stage: str, secrets: "SecretsManagerClient", environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Parameters of a database that stands already: from GONIO_DATABASE_*, else as the deployed secret has them.

    Raises DeploymentError that names the missing variables.
    """
    values: dict[str, str] = {}
    for secret, parameters in (("database", _PARAMETERS), ("replication", _REPLICATION)):
        deployed = _deployed_secret(f"gonio-{stage}-{secret}", secrets)
        values |= {name: environ.get(variable) or deployed.get(key, "") for name, (variable, key) in parameters.items()}
    if missing := [{**_PARAMETERS, **_REPLICATION}[name][0] for name, value in values.items() if not value]:
        raise DeploymentError(f"stage {stage!r}: the database is external, and {', '.join(missing)} is not set")
    return values


def migrate(secrets: "SecretsManagerClient", secret_arn: str, say: Say, environ: Mapping[str, str] = os.environ) -> None:
    """Bring the schema to the newest version, as the owner when one is named, else as the functions' own account."""
    secret = json.loads(secrets.get_secret_value(SecretId=secret_arn)["SecretString"])
    connection = Connection(
        host=secret["host"],
        port=int(secret["port"]),
        user=environ.get("GONIO_DATABASE_OWNER_USERNAME") or secret["username"],
        password=environ.get("GONIO_DATABASE_OWNER_PASSWORD") or secret["password"],
        database=secret["dbname"],
    )
    try:
        for name in migrate_database(connection):
            say(f"database: {name} applied")
    except MigrationError as error:
        raise DeploymentError(f"database: {error}") from error


def _deployed_secret(name: str, secrets: "SecretsManagerClient") -> dict[str, str]:
    try:
        text = secrets.get_secret_value(SecretId=name)["SecretString"]
    except secrets.exceptions.ResourceNotFoundException:
        return {}
    return {key: str(value) for key, value in json.loads(text).items()}
