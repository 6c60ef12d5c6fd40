"""A LocalStack process of our own with functions in it, for tests and benchmarks."""

import base64
import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

FUNCTIONS = Path(__file__).parent / "functions"
REPOSITORY = Path(__file__).parents[3]
INTERPRETER = REPOSITORY / "localstack" / ".venv-lambda" / "bin" / "python"
RUNTIME = "python3.13"


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """The condition's first true value; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{condition} did not come true within {seconds} s"
        time.sleep(0.01)
    return value


def alive(pid: int) -> bool:
    """Whether a process runs, zombies not counted: its first thread may be one while others still end."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
        return threads > 1 or Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def zipped(files: dict[str, str]) -> bytes:
    """A zip archive of these texts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@dataclass
class LocalStack:
    """A LocalStack process of our own on a free port, its data in `folder`."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    port: int = field(init=False)
    process: "subprocess.Popen[bytes]" = field(init=False)

    def start(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        with (self.folder / "localstack.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "localstack.runtime.main"], cwd=REPOSITORY, env=self._env(), stdout=log, stderr=subprocess.STDOUT
            )
        until(self._answers, 60)

    def _env(self) -> dict[str, str]:
        address, folder = f"127.0.0.1:{self.port}", str(self.folder)
        return {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "SECRET_OF_THE_HOST": "must not reach a function",
            "GATEWAY_LISTEN": address,
            "LOCALSTACK_HOST": address,
            "GATEWAY_SERVER": "bound",
            "OVERRIDE_IN_DOCKER": "0",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
            "USE_SSL": "0",
            "FILESYSTEM_ROOT": folder,
            "TMPDIR": folder,
            "EMULATOR_DATA_DIR": folder,
            "EMULATOR_LAMBDA_PYTHON": str(INTERPRETER),
            **self.variables,
        }

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log()
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_localstack/info", timeout=5) as answer:
            return bool(answer.status == 200)
        return False

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60, max_pool_connections=20),
        )

    def log(self) -> str:
        return (self.folder / "localstack.log").read_text()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@dataclass
class Function:
    """A deployed function."""

    name: str
    client: "LambdaClient"

    def invoke(self, event: object = None, **parameters: Any) -> dict[str, Any]:
        response = self.client.invoke(FunctionName=self.name, **{"Payload": json.dumps(event or {}).encode(), **parameters})
        log = base64.b64decode(response.get("LogResult", "")).decode()
        body = response["Payload"].read()
        return {"status": response["StatusCode"], "error": response.get("FunctionError"), "body": json.loads(body or b"null"), "log": log}

    def answer(self, event: object = None, **parameters: Any) -> Any:
        result = self.invoke(event, **parameters)
        assert result["error"] is None, result
        return result["body"]


@dataclass
class Deployer:
    """Deploys test functions into a LocalStack process."""

    localstack: LocalStack
    count: int = 0

    def __call__(self, module: str, *, files: dict[str, str] | None = None, **configuration: Any) -> Function:
        self.count += 1
        client = self.localstack.client("lambda")
        function = Function(f"{module}-{self.count}", client)
        settings = {"Runtime": RUNTIME, "Role": "arn:aws:iam::000000000000:role/r", "Handler": f"{module}.handler", "Timeout": 10}
        code = zipped({f"{module}.py": (FUNCTIONS / f"{module}.py").read_text(), **(files or {})})
        client.create_function(**{"FunctionName": function.name, "Code": {"ZipFile": code}, **settings, **configuration})
        until(lambda: client.get_function(FunctionName=function.name)["Configuration"]["State"] != "Pending")
        return function
