"""From a task's endpoints to a database and a stream that can be reached."""

import json
import threading
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from emulator.replication.errors import SourceUnavailableError
from emulator.replication.kinesis_target import KinesisTarget
from emulator.replication.source import Source

_CONNECT_TIMEOUT_S = 3
_READ_TIMEOUT_S = 15


class Aws:
    """Clients of AWS's services at one address; None means AWS itself. The local stack takes any credentials where there are none."""

    def __init__(self, endpoint_url: str | None, region: str) -> None:
        self._endpoint_url = endpoint_url
        self._session = boto3.Session(region_name=region)
        if endpoint_url and self._session.get_credentials() is None:
            self._session = boto3.Session(region_name=region, aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()

    def client(self, service: str) -> Any:
        """A client that tries once: whoever calls knows what waits for the answer."""
        with self._making:
            if service not in self._clients:
                config = Config(
                    connect_timeout=_CONNECT_TIMEOUT_S,
                    read_timeout=_READ_TIMEOUT_S,
                    retries={"total_max_attempts": 1},
                    parameter_validation=False,
                )
                self._clients[service] = self._session.client(service, endpoint_url=self._endpoint_url, config=config)  # type: ignore[call-overload]
            return self._clients[service]

    def source(self, endpoint: Mapping[str, Any]) -> Source:
        """The database of a source endpoint; its credentials may lie in a secret. Raises SourceUnavailableError."""
        settings = endpoint.get("MySQLSettings") or {}
        secret_id = settings.get("SecretsManagerSecretId")
        told = self._secret(secret_id) if secret_id else {**endpoint, **settings}
        named = {key.lower(): value for key, value in told.items()}
        try:
            return Source(named.get("host") or named["servername"], int(named["port"]), named["username"], named["password"])
        except (KeyError, ValueError) as error:
            where = f"secret {secret_id}" if secret_id else f"endpoint {endpoint['EndpointIdentifier']}"
            raise SourceUnavailableError(f"{where} does not tell host, port, username and password: {error}") from error

    def target(self, endpoint: Mapping[str, Any]) -> KinesisTarget:
        """The stream of a target endpoint."""
        return KinesisTarget(self.client("kinesis"), endpoint["KinesisSettings"]["StreamArn"])

    def _secret(self, secret_id: str) -> dict[str, Any]:
        try:
            text = self.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
            return json.loads(text)  # type: ignore[no-any-return]
        except (ClientError, BotoCoreError, KeyError, ValueError) as error:
            raise SourceUnavailableError(f"secret {secret_id}: {error}") from error
