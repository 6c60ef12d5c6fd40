"""The emulator's settings, read once from the environment. The only module of the emulator that reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What the plug-ins inside LocalStack need to know of this installation."""

    data_dir: Path
    """Folder whose files survive a kill: the stream log, consumer checkpoints, the device registry."""
    ca_certificate_file: Path
    """PEM of the authority that signs device certificates."""
    ca_key_file: Path
    """PEM of that authority's private key."""
    lambda_python: Path
    """Interpreter that functions run under; it brings awslambdaric and boto3, as AWS's managed runtime does."""
    kinesis_limits: bool
    """Whether the per-shard write and read limits of a provisioned stream are enforced."""
    iot_endpoint: str
    """Host name of the device gateway, as DescribeEndpoint answers it."""


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from `EMULATOR_*` variables; what is absent falls back to a folder under the current one."""
    data_dir = Path(environ.get("EMULATOR_DATA_DIR", "var/emulator"))
    return Settings(
        data_dir=data_dir,
        ca_certificate_file=Path(environ.get("EMULATOR_CA_CERTIFICATE", data_dir / "ca.pem")),
        ca_key_file=Path(environ.get("EMULATOR_CA_KEY", data_dir / "ca.key")),
        lambda_python=Path(environ.get("EMULATOR_LAMBDA_PYTHON", "localstack/.venv-lambda/bin/python")),
        kinesis_limits=environ.get("EMULATOR_KINESIS_LIMITS", "0") == "1",
        iot_endpoint=environ.get("EMULATOR_IOT_ENDPOINT", "localhost"),
    )


@cache
def settings() -> Settings:
    """This process's settings."""
    return read(os.environ)
