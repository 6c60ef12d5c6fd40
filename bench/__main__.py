"""Runs the benchmarks, each under the interpreter that it needs, and prints their tables: ratios of one run, side by side.

A figure above what is wanted is marked `missed` in its table, and makes the whole end with 1.

Usage: python -m bench [name ...]
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / ".venv/bin/python"
EMULATOR = ROOT / "localstack/.venv/bin/python"
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}/localstack:{ROOT}"}

BENCHMARKS = {
    "rules": (EMULATOR, "policies and rule SQL on one message"),
    "streams": (EMULATOR, "the stream provider against moto's, in process"),
    "lambda_": (EMULATOR, "the Lambda executor"),
    "gateway": (EMULATOR, "the device gateway against bare Mosquitto"),
    "event_source": (EMULATOR, "the event source mapping against a bare reader"),
    "replication": (EMULATOR, "the replication engine against bare decoding of the same log"),
    "ingest": (APP, "ingest against bare PyMySQL"),
    "projection": (APP, "project against a bulk of ready documents"),
    "routes": (APP, "a route's own cost above its stores"),
    "front_end": (APP, "a request's own cost in the front end"),
    "end_to_end": (APP, "everything on this machine, device to database"),
    "live": (APP, "everything on this machine, device to search and browser"),
}


def run_one(name: str) -> int:
    """Run one under its interpreter; its exit status."""
    interpreter, what = BENCHMARKS[name]
    print(f"\n== {name}: {what}", flush=True)
    return subprocess.run([str(interpreter), "-m", f"bench.{name}"], cwd=ROOT, env=ENVIRONMENT, check=False).returncode


def main(names: list[str], run: Callable[[str], int] = run_one) -> int:
    """Run the named benchmarks, or all; 1 when one failed, missed what is wanted, or its name is unknown."""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"bench: {', '.join(unknown)} is unknown; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 1
    failed = [name for name in names or BENCHMARKS if run(name)]
    if failed:
        print(f"bench: {', '.join(failed)} failed, or missed what is wanted", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
