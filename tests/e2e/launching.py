"""The launcher's commands, as `make` calls them, for an instance of the tests."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.local_stack import ROOT

_ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}/localstack:{ROOT}"}


def launcher(command: str, var: Path, within_s: float = 300) -> subprocess.CompletedProcess[str]:
    """Run one command and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "launcher", command, "--var", str(var)],
        cwd=ROOT,
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=within_s,
    )


@contextmanager
def launching(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run one of the launcher's modules beside the test; it is ended with the block, when it still runs."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=_ENVIRONMENT, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
