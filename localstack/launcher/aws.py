"""AWS clients of this instance: its endpoint and credentials of its own, never the user's."""

from typing import Any

import boto3
from botocore.config import Config

from launcher.instance import Instance
from launcher.processes.components import aws_environment

IMPATIENT = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
"""For whoever looks again soon, and must not hang with what it asks."""


def client(instance: Instance, service: str, config: Config | None = None) -> Any:
    """A boto3 client of that service."""
    environment = aws_environment(instance)
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        config=config,
    )
