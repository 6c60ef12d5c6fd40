"""boto3 clients for AWS or for the local stack, and the mapping of their errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from iot.errors import NotFound, ProvisioningError
from iot.stack import ControlPlane

if TYPE_CHECKING:
    from mypy_boto3_iot import IoTClient
    from mypy_boto3_lambda import LambdaClient


def iot_client(plane: ControlPlane, connections: int = 10) -> "IoTClient":
    """A client of the IoT control plane, for `connections` threads."""
    return _session(plane).client("iot", endpoint_url=plane.endpoint_url, config=_config(connections))


def lambda_client(plane: ControlPlane) -> "LambdaClient":
    """A client of Lambda, through which the platform's services are called."""
    return _session(plane).client("lambda", endpoint_url=plane.endpoint_url, config=_config(10))


def _session(plane: ControlPlane) -> boto3.Session:
    session = boto3.Session(region_name=plane.region)
    if plane.endpoint_url is not None and session.get_credentials() is None:
        # A local stack takes any credentials, but botocore insists on having some to sign with.
        return boto3.Session(region_name=plane.region, aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106 - no secret
    return session


def _config(connections: int) -> Config:
    return Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=5, read_timeout=60, max_pool_connections=connections)


@contextmanager
def vendor_errors(doing: str) -> Iterator[None]:
    """Maps boto3's errors: `NotFound` for what does not exist, `ProvisioningError` for the rest, each with what was being done."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        kind = NotFound if code == "ResourceNotFoundException" else ProvisioningError
        raise kind(f"{doing} failed: {error}") from error
    except BotoCoreError as error:
        raise ProvisioningError(f"{doing} failed: {error}") from error
