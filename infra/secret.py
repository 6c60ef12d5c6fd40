"""Secrets that hold a JSON object, as all of a stage's do."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def read_secret(secrets: "SecretsManagerClient", secret_id: str) -> dict[str, str]:
    """What the secret of that name or ARN holds. Raises what the client raises."""
    text = secrets.get_secret_value(SecretId=secret_id)["SecretString"]
    return {key: str(value) for key, value in json.loads(text).items()}
