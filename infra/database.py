"""The database's schema, brought to its newest version under the owner's account."""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from infra.cloudformation import DeploymentError, Say
from infra.migrate import Connection, MigrationError, migrate_database

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


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
