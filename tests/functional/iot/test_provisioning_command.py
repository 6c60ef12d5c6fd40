"""The provisioning command as a person runs it: exit codes and one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, so that it reads this environment and no other."""
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-m", "iot.provisioning", *arguments]
    return subprocess.run(command, cwd=tmp_path, env=clean | environment, capture_output=True, text=True, check=False)


def test_without_a_stack_the_command_says_how_to_start_one(tmp_path: Path) -> None:
    done = run(tmp_path, "list")
    assert done.returncode == 1
    assert done.stderr.startswith("provisioning: stage local has no endpoint")
    assert done.stderr.count("\n") == 1


def test_a_control_plane_that_does_not_answer_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "revoke", "--device", "knee-1", AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
    assert done.returncode == 1
    assert "http://127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_id_that_the_contract_does_not_allow_is_refused_before_any_call(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    ca, out = ("--ca-file", str(tmp_path / "ca.pem")), ("--out", str(tmp_path / "kit"))
    done = run(tmp_path, "register", "--tenant", "a", "--device", "Knee 1", *ca, *out, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "'Knee 1' is not a device id" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["register"], ["revoke"], ["unknown"]])
def test_wrong_arguments_end_with_two(tmp_path: Path, arguments: list[str]) -> None:
    assert run(tmp_path, *arguments).returncode == 2
