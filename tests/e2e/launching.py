"""The launcher's commands, as `make` calls them, for an instance of the tests."""

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.local_stack import ROOT


def launcher(command: str, var: Path, within_s: float = 300) -> subprocess.CompletedProcess[str]:
    """Run one command and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "launcher", command, "--var", str(var)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/localstack:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=within_s,
    )
