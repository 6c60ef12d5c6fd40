"""LocalStack as a process, with the durable Kinesis provider, on a free port of loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[3]
START_WITHIN_S = 90.0


class LocalStack:
    """Start, kill and start it again: its folder and port stay."""

    interpreter = Path(sys.executable)
    """Of the environment that LocalStack is installed in."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self._folder = folder
        self._environ = environ
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        (self._folder / "tmp").mkdir(parents=True, exist_ok=True)
        with (self._folder / "localstack.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self.interpreter), "-m", "localstack.runtime.main"],
                cwd=ROOT,
                env=os.environ | self._settings() | self._environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_WITHIN_S
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "localstack.log").read_text()
            assert time.monotonic() < deadline, "LocalStack did not answer in time"

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @cached_property
    def kinesis(self) -> Any:
        return self.client("kinesis")

    def client(self, service: str) -> Any:
        """A boto3 client that does not retry, so that errors are seen."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=f"http://127.0.0.1:{self._port}",
            region_name="eu-west-1",
            aws_access_key_id="000000000000",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/_localstack/info", timeout=1) as response:
                return bool(response.status == 200)
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
            return False

    def _settings(self) -> dict[str, str]:
        address = f"127.0.0.1:{self._port}"
        return {
            "GATEWAY_LISTEN": address,
            "GATEWAY_SERVER": "bound",
            "LOCALSTACK_HOST": address,
            "OVERRIDE_IN_DOCKER": "0",
            "PROVIDER_OVERRIDE_KINESIS": "durable",
            "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "0",
            "CFN_NO_WAIT_ITERATIONS": "200",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
            "USE_SSL": "0",
            "FILESYSTEM_ROOT": str(self._folder / "files"),
            "TMPDIR": str(self._folder / "tmp"),
            "EMULATOR_DATA_DIR": str(self._folder / "data"),
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
