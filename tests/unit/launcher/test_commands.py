"""The launcher's commands as people see them fail: one sentence, and never a traceback."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher import exclusion
from launcher.instance import ROOT, Instance, lock_file


@contextmanager
def _launched(command: str, var: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}/localstack:{ROOT}", "TMPDIR": str(var.parent)}
    # Whatever runs in a shell's background ignores Ctrl-C, and so would these.
    arguments = ["env", "--default-signal=INT", sys.executable, "-m", "launcher", command, "--var", str(var)]
    with subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _failure(command: str, var: Path) -> str:
    """Its only line on standard error."""
    with _launched(command, var) as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors.count("\n") == 1
    return errors.strip()


def test_settings_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var/ports.json").write_text('{"mariadb": ')
    assert _failure("status", tmp_path / "var").startswith(f"launcher: {tmp_path}/var/ports.json cannot be read (")


def test_what_nobody_foresaw_is_a_sentence_and_its_traceback_lies_in_the_log(tmp_path: Path) -> None:
    var, log = tmp_path / "var", tmp_path / "var/log/launcher.log"
    (var / "passwords.json").mkdir(parents=True)
    sentence = _failure("status", var)
    assert sentence.startswith("launcher: IsADirectoryError: ")
    assert sentence.endswith(f"; its log is {log}")
    assert "Traceback" in log.read_text()


def test_a_log_that_cannot_be_written_does_not_hide_the_reason(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    sentence = _failure("status", tmp_path / "var")
    assert sentence.startswith("launcher: FileExistsError: ")
    assert "could not be written" in sentence


def test_a_command_that_waits_says_so_and_is_interrupted_with_one_line(tmp_path: Path, instance: Instance) -> None:
    with exclusion.held(lock_file(instance.var)), _launched("down", instance.var) as process:
        assert process.stdout is not None
        assert "another command works on this instance" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.count("\n") == 1
    assert errors.startswith("launcher: down was interrupted")
