"""LocalStack as a process of the tests' own, on a free port, with its data in a folder of theirs."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

REGION = "eu-west-1"
ACCOUNT = "000000000000"
START_DEADLINE_S = 60.0
_ONE_TRY = Config(retries={"total_max_attempts": 1})


class LocalProcess:
    """One LocalStack. Killed and started again, it finds the same data folder and listens on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        for name in ("data", "tmp", "root"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "localstack.runtime.main"]
            self._process = subprocess.Popen(command, env=self._environment(), stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + START_DEADLINE_S
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def client(self, service: str) -> Any:
        """A client of boto3's, which tries each call once."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=f"http://127.0.0.1:{self._port}",
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
            config=_ONE_TRY,
        )

    def _answers(self) -> bool:
        """Whether it is ready; asks for at most a second, and so needs no pause between two questions."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1):
                pass
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/_localstack/info", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            assert self._process is not None
            try:
                self._process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                return False
            return False

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "EMULATOR_", "PROVIDER_OVERRIDE_"))}
        address = f"127.0.0.1:{self._port}"
        return kept | {
            "GATEWAY_LISTEN": address,
            "LOCALSTACK_HOST": address,
            "GATEWAY_SERVER": "bound",
            "OVERRIDE_IN_DOCKER": "0",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "PROVIDER_OVERRIDE_KINESIS": "durable",
            "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "0",
            "CFN_NO_WAIT_ITERATIONS": "200",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
            "USE_SSL": "0",
            "FILESYSTEM_ROOT": str(self.folder / "root"),
            "TMPDIR": str(self.folder / "tmp"),
            "EMULATOR_DATA_DIR": str(self.data_dir),
            "EMULATOR_IOT_ENDPOINT": "gateway.example",
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
