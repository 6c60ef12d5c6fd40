"""Servers that stand beside the deployment already, such as the local stack's: their addresses, and the database's owner.

They come from the environment; what is not set there is as the running deployment has it.
"""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from infra.cloudformation import DeploymentError
from infra.secret import read_secret
from infra.stage import STACK_FILE

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_PARAMETERS = {
    "DatabaseHost": ("GONIO_DATABASE_HOST", "host"),
    "DatabasePort": ("GONIO_DATABASE_PORT", "port"),
    "DatabaseName": ("GONIO_DATABASE_NAME", "dbname"),
    "OwnerUsername": ("GONIO_DATABASE_OWNER_USERNAME", "username"),
    "OwnerPassword": ("GONIO_DATABASE_OWNER_PASSWORD", "password"),
}


def external_database(stage: str, secrets: "SecretsManagerClient", environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Parameters of a database that stands already: from GONIO_DATABASE_*, else as the deployed secret of its owner has them.

    Raises DeploymentError that names the missing variables.
    """
    deployed = _deployed_secret(f"gonio-{stage}-owner", secrets)
    values = {name: environ.get(variable) or deployed.get(key, "") for name, (variable, key) in _PARAMETERS.items()}
    if missing := [_PARAMETERS[name][0] for name, value in values.items() if not value]:
        raise DeploymentError(f"stage {stage!r}: the database is external, and {', '.join(missing)} is not set")
    return values


def external_search(environ: Mapping[str, str] = os.environ) -> str:
    """OpenSearch's URL: GONIO_SEARCH_ENDPOINT, else the running stack's. Raises DeploymentError."""
    if url := environ.get("GONIO_SEARCH_ENDPOINT"):
        return url
    if STACK_FILE.is_file():
        return str(json.loads(STACK_FILE.read_text())["opensearch_url"])
    raise DeploymentError("the read model is external, and GONIO_SEARCH_ENDPOINT is not set")


def external_web_origin(environ: Mapping[str, str] = os.environ) -> str:
    """The web client's origin: GONIO_WEB_ORIGIN, else the running stack's. Raises DeploymentError."""
    if origin := environ.get("GONIO_WEB_ORIGIN"):
        return origin
    if STACK_FILE.is_file():
        return str(json.loads(STACK_FILE.read_text())["web_url"]).rstrip("/")
    raise DeploymentError("the front door is external, and GONIO_WEB_ORIGIN is not set")


def _deployed_secret(name: str, secrets: "SecretsManagerClient") -> dict[str, str]:
    try:
        return read_secret(secrets, name)
    except secrets.exceptions.ResourceNotFoundException:
        return {}
