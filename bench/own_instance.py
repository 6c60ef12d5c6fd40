"""An instance of the local stack for the benchmarks alone, beside the user's."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var/bench"
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}/localstack:{ROOT}"}


def launch(command: str) -> None:
    """Bring it `up` or `down`. Raises SystemExit with the launcher's own sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "launcher", command, "--var", str(VAR)],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"bench: the stack did not come {command}: {done.stderr.strip()}")
