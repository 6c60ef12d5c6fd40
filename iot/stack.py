"""Where to connect: AWS itself, or the local stack that the stack file describes.

The control plane's address is the environment's `AWS_ENDPOINT_URL`, else the stack file's `aws_endpoint_url`, else AWS.
This is the one module of `iot` that reads the environment.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iot.client.settings import DeviceIdentity, GatewayAddress
from iot.errors import ConfigurationError

DEFAULT_STACK_FILE = Path("var/stack.json")
DEFAULT_REGION = "eu-west-1"
LOCAL_STAGE = "local"

_AMAZON_ROOT_CA = "https://www.amazontrust.com/repository/AmazonRootCA1.pem"


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """How the AWS interfaces are reached; no `endpoint_url` means AWS itself."""

    region: str
    endpoint_url: str | None
    stage: str


@dataclass(frozen=True, slots=True)
class Stack:
    """What the stack file says to a device: its own part of it."""

    document: Mapping[str, Any]
    path: Path

    def gateway(self) -> GatewayAddress:
        """The device gateway's address; raises `ConfigurationError` when the file does not tell it."""
        iot = self._entry("iot")
        try:
            return GatewayAddress(str(iot["endpoint"]), int(iot["port"]), self._file(iot["ca_file"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(f"{self.path} does not say where the device gateway is: {error!r}") from error

    def devices(self) -> list[DeviceIdentity]:
        """The devices whose certificates lie on this machine."""
        try:
            return [self._device(entry) for entry in self._entry("devices")]
        except (KeyError, TypeError) as error:
            raise ConfigurationError(f"{self.path} has a device without {error}") from error

    def _device(self, entry: Mapping[str, str]) -> DeviceIdentity:
        certificate_file, key_file = self._file(entry["cert_file"]), self._file(entry["key_file"])
        return DeviceIdentity(entry["tenant"], entry["device_id"], certificate_file, key_file, entry.get("member"))

    def _entry(self, key: str) -> Any:
        if key not in self.document:
            raise ConfigurationError(f"{self.path} has no {key!r}; is the local stack running (make up)?")
        return self.document[key]

    def _file(self, name: str) -> Path:
        """Relative names count from the project's root, the parent of the stack file's folder, wherever the command was started."""
        path = Path(name)
        return path if path.is_absolute() or path.exists() else self.path.resolve().parent.parent / path


def read_stack(path: Path) -> Stack:
    """The stack file's content; raises `ConfigurationError` when it is absent or is not a JSON object."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path} does not exist; start the local stack first (make up)") from error
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} is not a JSON object")
    return Stack(document, path)


def stack_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The stack file's place."""
    return Path(environ.get("GONIO_STACK_FILE", DEFAULT_STACK_FILE))


def control_plane(stage: str | None = None, environ: Mapping[str, str] = os.environ) -> ControlPlane:
    """Where the AWS interfaces are, from the environment and the stack file."""
    stage = stage or environ.get("GONIO_STAGE", LOCAL_STAGE)
    endpoint, region = environ.get("AWS_ENDPOINT_URL"), environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if endpoint is None and stack_file(environ).exists():
        document = read_stack(stack_file(environ)).document
        endpoint, region = document.get("aws_endpoint_url"), region or document.get("region")
    if endpoint is None and stage == LOCAL_STAGE:
        raise ConfigurationError(
            f"stage {stage} has no endpoint: start the local stack (make up), or set AWS_ENDPOINT_URL or GONIO_STACK_FILE"
        )
    return ControlPlane(region or DEFAULT_REGION, endpoint, stage)


def gateway_ca(given: Path | None, environ: Mapping[str, str] = os.environ) -> bytes:
    """The PEM of the authority that signed the device gateway's certificate.

    In this order: the caller's file, `GONIO_IOT_CA_FILE`, the stack file's. For AWS it is Amazon Root CA 1, which the caller brings:
    https://docs.aws.amazon.com/iot/latest/developerguide/server-authentication.html#server-authentication-certs
    """
    path = given or _ca_from_environment(environ)
    if path is None:
        raise ConfigurationError(f"no CA for the device gateway: pass --ca-file (for AWS, the file from {_AMAZON_ROOT_CA})")
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"the gateway's CA file {path} cannot be read: {error.strerror}") from error
    if b"-----BEGIN CERTIFICATE-----" not in pem:
        raise ConfigurationError(f"the gateway's CA file {path} holds no PEM certificate")
    return pem


def _ca_from_environment(environ: Mapping[str, str]) -> Path | None:
    if "GONIO_IOT_CA_FILE" in environ:
        return Path(environ["GONIO_IOT_CA_FILE"])
    path = stack_file(environ)
    return read_stack(path).gateway().ca_file if path.exists() else None
