"""`chalice local` against the running stack: the front end with its deployed settings, and with the services in its own process.

Usage: python -m launcher.deploying.chalice_local [--var var] [--port 8000]
"""

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from launcher import aws, stack_content
from launcher.deploying.deployment import STAGE
from launcher.errors import LauncherError
from launcher.instance import APP_PYTHON, ROOT, Instance, open_instance
from launcher.outages import explained
from launcher.processes.components import aws_environment

PORT = 8000
_FUNCTION = f"gonio-{STAGE}-bff"


def environment(instance: Instance) -> dict[str, str]:
    """What the front end's function has, what its services read with, and what Lambda itself would give. Raises LauncherError."""
    stack_content.read(instance)
    with explained(instance, "localstack", f"it does not tell the settings of {_FUNCTION}"):
        configuration = aws.client(instance, "lambda").get_function_configuration(FunctionName=_FUNCTION)
    deployed: dict[str, str] = configuration["Environment"]["Variables"]
    services = {"GONIO_SERVICE_TRANSPORT": "in_process", "GONIO_READER_SECRET_ID": f"gonio-{STAGE}-reader"}
    return {**os.environ, **deployed, **aws_environment(instance), **services}


def main() -> int:
    """Become `chalice local`; 1 with one sentence when that cannot be."""
    parser = argparse.ArgumentParser(prog="launcher.deploying.chalice_local", description="Serves the front end's API with chalice local.")
    parser.add_argument("--var", type=Path, default=ROOT / "var", help="folder of the instance")
    parser.add_argument("--port", type=int, default=PORT)
    parsed = parser.parse_args()
    try:
        known = environment(open_instance(parsed.var))
        _require_free(parsed.port)
    except LauncherError as error:
        print(f"{error}", file=sys.stderr)
    else:
        _serve(parsed.port, known)
    return 1


def _serve(port: int, known: dict[str, str]) -> NoReturn:
    print(f"  chalice · http://localhost:{port} serves the API on the running stack; end it with Ctrl-C", flush=True)
    command = [str(APP_PYTHON.parent / "chalice"), "local", "--stage", STAGE, "--host", "127.0.0.1", "--port", str(port)]
    # Chalice watches every file below the project, `var/` included, where the stack writes all the time: it would never stop reloading.
    command.append("--no-autoreload")
    os.chdir(ROOT)
    os.execve(command[0], command, known)  # noqa: S606 (a program of ours, without a shell)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise LauncherError(f"chalice: port {port} is taken by another program; choose another with PORT=…")


if __name__ == "__main__":
    sys.exit(main())
