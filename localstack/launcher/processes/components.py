"""The processes that stand in for AWS: what each runs, and how it shows that it is ready."""

import shutil
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launcher.instance import APP_PYTHON, EMULATOR_PYTHON, LAMBDA_PYTHON, ROOT, Instance
from launcher.processes import database
from launcher.processes import opensearch as search_server

REGION = "eu-west-1"
ACCOUNT = "000000000000"
_HEARTBEAT_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Component:
    """One supervised process."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    is_ready: Callable[[], bool]
    ready_within_s: float = 60
    stop_within_s: int = 10


def web_origin(instance: Instance) -> str:
    """The origin of web client and API, as browsers write it."""
    return f"https://localhost:{instance.ports['front-door']}"


def search_url(instance: Instance) -> str:
    """OpenSearch's address."""
    return f"http://127.0.0.1:{instance.ports['opensearch']}"


def mariadb(instance: Instance) -> Component:
    """The database."""
    # Under its own settings only: those of a server that Debian may have installed are not ours.
    command = (_server("mariadbd"), f"--defaults-file={database.settings_file(instance)}")
    return Component("mariadb", command, {}, lambda: database.serves(instance), stop_within_s=30)


def opensearch(instance: Instance) -> Component:
    """The read model's server."""
    server = search_server.prepare(instance.var, instance.ports["opensearch"])
    return Component(
        "opensearch", server.command, server.environment, lambda: search_server.answers(server.url), ready_within_s=120, stop_within_s=30
    )


def replication(instance: Instance) -> Component:
    """The engine of change data capture."""
    data = instance.folder("emulator")
    command = (str(EMULATOR_PYTHON), "-m", "emulator.replication", "--data-dir", str(data), "--aws-endpoint-url", endpoint_url(instance))
    heartbeat = data / "replication.heartbeat"
    return Component("replication", (*command, "--region", REGION), aws_environment(instance), lambda: _beats(heartbeat))


def watcher(instance: Instance) -> Component:
    """The process that deploys again after a restart of LocalStack and keeps the stack file true."""
    command = (str(APP_PYTHON), "-m", "launcher.watch", "--var", str(instance.var))
    return Component("watcher", command, {"PYTHONPATH": f"{ROOT}/localstack:{ROOT}", **aws_environment(instance)}, lambda: True)


def aws_environment(instance: Instance) -> dict[str, str]:
    """What an AWS client needs to reach this instance and nothing else."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url(instance),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def endpoint_url(instance: Instance) -> str:
    """LocalStack's address."""
    return f"http://127.0.0.1:{instance.ports['localstack']}"


def certificate_files(instance: Instance) -> dict[str, Path]:
    """The authority's and the gateway's certificate and key."""
    folder = instance.folder("certificates")
    return {name: folder / name for name in ("ca.pem", "ca.key", "server.pem", "server.key")}


def broker_socket(instance: Instance) -> Path:
    """Where Mosquitto listens, for the gateway alone."""
    return instance.sockets / "mosquitto.sock"


def mosquitto(instance: Instance) -> Component:
    """The broker behind the gateway."""
    command = (_server("mosquitto"), "-c", str(instance.folder("run") / "mosquitto.conf"))
    return Component("mosquitto", command, {}, lambda: _connects(broker_socket(instance)))


def localstack(instance: Instance) -> Component:
    """LocalStack with our plug-ins."""
    port, files = instance.ports["localstack"], certificate_files(instance)
    environment = {
        **aws_environment(instance),
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "LOCALSTACK_HOST": f"127.0.0.1:{port}",
        "GATEWAY_SERVER": "bound",
        "OVERRIDE_IN_DOCKER": "0",
        "USE_SSL": "0",
        "DNS_ADDRESS": "0",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "PROVIDER_OVERRIDE_KINESIS": "durable",
        "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "0",
        "CFN_VERBOSE_ERRORS": "1",
        "CFN_NO_WAIT_ITERATIONS": "200",
        "FILESYSTEM_ROOT": str(instance.folder("localstack")),
        "TMPDIR": str(instance.folder("localstack/tmp")),
        "LS_LOG": "warn",
        # Queue URLs whose host name resolves without help.
        "SQS_ENDPOINT_STRATEGY": "path",
        "EMULATOR_DATA_DIR": str(instance.folder("emulator")),
        "EMULATOR_CA_CERTIFICATE": str(files["ca.pem"]),
        "EMULATOR_CA_KEY": str(files["ca.key"]),
        "EMULATOR_LAMBDA_PYTHON": str(LAMBDA_PYTHON),
        "EMULATOR_IOT_ENDPOINT": "localhost",
    }
    del environment["AWS_ENDPOINT_URL"]
    command = (str(EMULATOR_PYTHON), "-m", "localstack.runtime.main")
    return Component("localstack", command, environment, lambda: _answers(f"{endpoint_url(instance)}/_localstack/info"))


def gateway(instance: Instance) -> Component:
    """The device gateway."""
    files = certificate_files(instance)
    options = {
        "host": "127.0.0.1",
        "port": instance.ports["gateway"],
        "server-certificate": files["server.pem"],
        "server-key": files["server.key"],
        "ca-file": files["ca.pem"],
        "broker-socket": broker_socket(instance),
        "state-dir": instance.folder("gateway"),
        "aws-endpoint-url": endpoint_url(instance),
        "region": REGION,
        "account": ACCOUNT,
    }
    command = (
        str(EMULATOR_PYTHON),
        "-m",
        "emulator.iot_core",
        *(text for name, value in options.items() for text in (f"--{name}", str(value))),
    )
    return Component("gateway", command, aws_environment(instance), lambda: _connects(("127.0.0.1", instance.ports["gateway"])))


def _server(name: str) -> str:
    """A server's program: Debian keeps some where only root's PATH leads."""
    return shutil.which(name) or f"/usr/sbin/{name}"


def _connects(address: Path | tuple[str, int]) -> bool:
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(address) if isinstance(address, Path) else address)
        except OSError:
            return False
    return True


def _beats(heartbeat: Path) -> bool:
    """Whether the process that touches this file four times a second goes on."""
    try:
        return time.time() - heartbeat.stat().st_mtime < _HEARTBEAT_WITHIN_S
    except OSError:
        return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (our own loopback address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
