"""An instance of the local stack for the benchmarks alone, beside the user's.

It has two cores, so that a larger machine's figures compare with a small one's.
"""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var/bench"
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}/localstack:{ROOT}"}
CORES = 2


def keep_to_two_cores() -> None:
    """This process and all that it starts from now on: the instance and the load share them."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def make(target: str) -> None:
    """`make up` or `make down`, of this instance. Raises SystemExit with its own sentence."""
    launcher = f"PYTHONPATH=localstack:. .venv/bin/python -m launcher --var {VAR}"
    command = ["make", "--no-print-directory", target, f"LAUNCHER={launcher}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench: make {target} failed: {done.stderr.strip()}")
