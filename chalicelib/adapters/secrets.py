"""The database's credentials from AWS Secrets Manager, in the form that Amazon RDS gives such secrets."""

from typing import TYPE_CHECKING, Annotated

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Meta, Struct

from chalicelib.adapters.mysql import Credentials
from chalicelib.domain.errors import UnavailableError

if TYPE_CHECKING:  # the stubs do not ship
    from mypy_boto3_secretsmanager import SecretsManagerClient


class _Secret(Struct, frozen=True):
    host: str
    username: str
    password: str
    dbname: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 3306


def database_credentials(client: "SecretsManagerClient", secret_id: str) -> Credentials:
    """Reads the secret anew, since it may have been rotated. Raises `UnavailableError`, never with the secret's text."""
    try:
        text = client.get_secret_value(SecretId=secret_id)["SecretString"]
        secret = msgspec.json.decode(text, type=_Secret)
    except (BotoCoreError, ClientError) as error:
        raise UnavailableError(f"Secret {secret_id} cannot be read: {error}") from error
    except (KeyError, msgspec.DecodeError) as error:
        raise UnavailableError(f"Secret {secret_id} does not hold a database's credentials: {error}") from error
    return Credentials(secret.host, secret.port, secret.username, secret.dbname, secret.password)
