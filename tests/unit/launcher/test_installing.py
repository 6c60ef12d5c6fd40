"""The installers' failures: one sentence with the cause that the log tells, and no step without room for it."""

import subprocess
from pathlib import Path

import pytest

from launcher.instance import ROOT

_SHARED = ROOT / "localstack/launcher/installing.sh"


def _refusal(folder: Path, script: str) -> str:
    """What a script that sources the shared part says on standard error before it ends with 1."""
    lines = ["set -euo pipefail", f"log={folder}/install.log", f"source {_SHARED}", script, "echo unreachable"]
    done = subprocess.run(["bash", "-c", "\n".join(lines)], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


@pytest.mark.parametrize(
    ("output", "cause"),
    [
        ("", "it gave no reason"),
        ("\n\n", "it gave no reason"),
        ("Reading\nE: Failed to fetch a package\nE: Unable to fetch some archives\n", "E: Failed to fetch a package"),
        ("[ERROR] Failed to execute goal\n[ERROR] [Help 1] a web page\n", "[ERROR] Failed to execute goal"),
        ("error: no such lock\nOSError: No space left on device\n", "OSError: No space left on device"),
        ("Killed\n", "Killed"),
        ("error: " + "x" * 1000, "error: " + "x" * 293),
    ],
)
def test_a_failed_step_tells_its_cause_and_its_log(tmp_path: Path, output: str, cause: str) -> None:
    (tmp_path / "output").write_text(output)
    told = _refusal(tmp_path, f"begin {tmp_path}\ncat {tmp_path}/output >>$log\nfail 'the packages could not be installed'")
    assert told == f"install: the packages could not be installed ({cause}); its log is {tmp_path}/install.log\n"


def test_an_earlier_steps_error_is_not_the_cause(tmp_path: Path) -> None:
    (tmp_path / "install.log").write_text("E: of an earlier run\n")
    told = _refusal(tmp_path, f"echo 'error: of the step before' >>$log\nbegin {tmp_path}\necho 'Killed' >>$log\nfail 'it failed'")
    assert told == f"install: it failed (Killed); its log is {tmp_path}/install.log\n"


def test_a_step_without_room_does_not_begin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "bin/df"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nfor folder in "$@"; do :; done\ncase $folder in /full) free=212MB ;; *) free=5000MB ;; esac\n')
    fake.write_text(fake.read_text() + 'printf "Avail\\n%s\\n" "$free"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")
    assert _refusal(tmp_path, "begin /usr /full") == "install: /full has 212 MB free and the installation needs 1000; make room\n"


def test_the_disks_room_is_read_as_df_tells_it(tmp_path: Path) -> None:
    told = _refusal(tmp_path, f"needed_mb=999999999\nbegin {tmp_path}")
    assert "MB free and the installation needs 999999999" in told
