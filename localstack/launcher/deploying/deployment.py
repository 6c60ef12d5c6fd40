"""The deployment to this instance: the product's own deploy command, then its demo devices."""

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from launcher.errors import LauncherError
from launcher.instance import APP_PYTHON, ROOT, Instance
from launcher.processes import database
from launcher.processes.components import aws_environment, certificate_files, endpoint_url, search_url, web_origin
from launcher.stack import Say

STAGE = "local"


def environment(instance: Instance) -> dict[str, str]:
    """The environment of a command that works against this instance."""
    return {
        **os.environ,
        **aws_environment(instance),
        **database.environment(instance),
        "GONIO_SEARCH_ENDPOINT": search_url(instance),
        "GONIO_WEB_ORIGIN": web_origin(instance),
        "GONIO_STAGE": STAGE,
        "GONIO_STACK_FILE": str(instance.stack_file),
        "GONIO_IOT_CA_FILE": str(certificate_files(instance)["ca.pem"]),
        "PYTHONPATH": str(ROOT),
    }


def deploy(instance: Instance, say: Say) -> dict[str, str]:
    """Deploy all stacks and return their outputs. Raises LauncherError with the deployment's own sentence."""
    file = _outputs_file(instance)
    command = [str(APP_PYTHON), "-m", "infra.deploy", "--stage", STAGE, "--outputs", str(file)]
    run(instance, command, say, "deploy")
    return known_outputs(instance)


def api_upstream(instance: Instance) -> str:
    """Where the deployed API answers, for the front door."""
    return f"{endpoint_url(instance)}/_aws/execute-api/{known_outputs(instance)['RestAPIId']}/api"


def known_outputs(instance: Instance) -> dict[str, str]:
    """The outputs of the last deployment that ended well; empty before the first."""
    file = _outputs_file(instance)
    return dict(json.loads(file.read_text())) if file.is_file() else {}


def run(instance: Instance, command: list[str], say: Say, name: str) -> None:
    """Run one of the product's commands. Raises LauncherError with its last sentence when it fails.

    Indented lines are its progress; the last other one is its result, or the reason why it failed. An interruption ends it.
    """
    with (
        subprocess.Popen(
            command, cwd=ROOT, env=environment(instance), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        ) as process,
        instance.log(name).open("a") as log,
    ):
        assert process.stdout  # noqa: S101 (PIPE above)
        try:
            sentence = _follow(process.stdout, log, say, name)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise LauncherError(f"{sentence or f'{name} failed'}; its log is {instance.log(name)}")
    if sentence:
        say(sentence)


def _follow(output: Iterable[str], log: TextIO, say: Say, name: str) -> str:
    """Its last line that is no progress."""
    sentence = ""
    for line in output:
        log.write(line)
        if line.startswith(" "):
            say(line.strip().removeprefix(f"{name} · "))
        elif line.strip():
            sentence = line.strip()
    return sentence


def _outputs_file(instance: Instance) -> Path:
    return instance.folder("run") / "outputs.json"
