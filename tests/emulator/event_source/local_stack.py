"""A LocalStack process of its own for the functional tests: killed and started again on the same folder at will."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3
from botocore.config import Config

ACCOUNT = "000000000000"
REGION = "eu-west-1"
_PROJECT = Path(__file__).parents[3]
_START_S = 60


@dataclass
class LocalStack:
    """One process on one folder. Start it before use."""

    folder: Path
    kinesis: str = "durable"
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    clients: dict[str, Any] = field(default_factory=dict)

    def start(self) -> None:
        """Start, and wait until it answers. AssertionError with the log's end when it does not."""
        self.port = _free_port()
        self.clients = {}
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "localstack.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "localstack.runtime.main"],
                cwd=_PROJECT,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            assert self.process.poll() is None, self.log()[-2000:]
            assert time.monotonic() < deadline, self.log()[-2000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL the process, as a crash would."""
        self._end(signal.SIGKILL, within_s=10)

    def stop(self) -> float:
        """SIGTERM, and SIGKILL when that does not help soon. Seconds that it took."""
        began = time.monotonic()
        self._end(signal.SIGTERM, within_s=60)
        return time.monotonic() - began

    def client(self, service: str) -> Any:
        """A boto3 client."""
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=f"http://127.0.0.1:{self.port}",
                region_name=REGION,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 2}, read_timeout=30),
            )
        return self.clients[service]

    def log(self) -> str:
        """What the process has written."""
        return (self.folder / "localstack.log").read_text(errors="replace")

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/_localstack/info", timeout=2) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    def _end(self, signal_number: int, within_s: float) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal_number)
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process = None

    def _environment(self) -> dict[str, str]:
        address, folder = f"127.0.0.1:{self.port}", str(self.folder)
        return os.environ | {
            "GATEWAY_LISTEN": address,
            "LOCALSTACK_HOST": address,
            "GATEWAY_SERVER": "bound",
            "OVERRIDE_IN_DOCKER": "0",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "PROVIDER_OVERRIDE_KINESIS": self.kinesis,
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
            "USE_SSL": "0",
            "FILESYSTEM_ROOT": folder,
            "TMPDIR": folder,
            "EMULATOR_DATA_DIR": folder,
            "EMULATOR_LAMBDA_PYTHON": str(_PROJECT / "localstack/.venv-lambda/bin/python"),
        }


def archive(source: str) -> bytes:
    """A deployment package with `source` as app.py."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("app.py", source)
    return packed.getvalue()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
