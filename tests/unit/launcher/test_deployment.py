"""The product's commands as the launcher runs them: progress, result or reason, and no child that outlives an interruption."""

import time

import psutil
import pytest

from launcher.deploying import deployment
from launcher.errors import LauncherError
from launcher.instance import Instance


def _run(instance: Instance, script: str) -> list[str]:
    said = list[str]()
    deployment.run(instance, ["sh", "-c", script], said.append, "deploy")
    return said


def test_progress_and_result_are_said_and_kept_in_the_log(instance: Instance) -> None:
    assert _run(instance, "echo '  deploy · stack one'; echo done") == ["stack one", "done"]
    assert instance.log("deploy").read_text() == "  deploy · stack one\ndone\n"


@pytest.mark.parametrize(
    ("script", "sentence"), [("echo 'stack one: refused' >&2; exit 3", "stack one: refused"), ("exit 3", "deploy failed")]
)
def test_a_failure_is_its_last_sentence_with_the_log(instance: Instance, script: str, sentence: str) -> None:
    with pytest.raises(LauncherError, match=rf"^{sentence}; its log is {instance.log('deploy')}$"):
        _run(instance, script)


def test_an_interruption_ends_what_runs(instance: Instance) -> None:
    children = list[psutil.Process]()

    def interrupt(text: str) -> None:
        children.append(psutil.Process(int(text)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deployment.run(instance, ["sh", "-c", 'echo "  $$"; exec sleep 600'], interrupt, "deploy")
    deadline = time.monotonic() + 30
    while _lives(children[0]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
