"""The key of CSRF tokens, from AWS Secrets Manager."""

from typing import TYPE_CHECKING, Annotated

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Meta, Struct

from chalicelib.domain.errors import UnavailableError

if TYPE_CHECKING:  # the stubs do not ship
    from mypy_boto3_secretsmanager import SecretsManagerClient


class _Secret(Struct, frozen=True):
    csrf_key: Annotated[str, Meta(min_length=32)]


def csrf_key(client: "SecretsManagerClient", secret_id: str) -> bytes:
    """Reads the key. Raises `UnavailableError`, never with the secret's text."""
    try:
        text = client.get_secret_value(SecretId=secret_id)["SecretString"]
        return msgspec.json.decode(text, type=_Secret).csrf_key.encode()
    except (BotoCoreError, ClientError) as error:
        raise UnavailableError(f"Secret {secret_id} cannot be read: {error}") from error
    except (KeyError, msgspec.DecodeError) as error:
        raise UnavailableError(f"Secret {secret_id} does not hold a key of at least 32 characters: {error}") from error
