"""How live the whole of it is: from a device until a search finds a message's values, and until a browser is told of them.

An instance of its own is brought up; after a warm-up, sessions are sent at 50 messages a second, while one reader polls the search
and another reads the change feed through the front door, as the demo does (`localstack/launcher/live.py` says what is measured).
Both delays include the reader's own period. Wanted: p95 of at most 3 s to the search, and of 2 s to the browser.
"""

import shutil
import subprocess
import sys

from bench.own_instance import ENVIRONMENT, ROOT, VAR, launch

WARM_UP = (20, 5)
LOADS = ((50, 10), (50, 20))


def main() -> int:
    """Bring up, measure, print, take down; 1 when a message did not arrive."""
    shutil.rmtree(VAR, ignore_errors=True)
    try:
        launch("up")
        _measure(*WARM_UP)
        failed = 0
        for rate, seconds in LOADS:
            done = _measure(rate, seconds)
            print(_figures(done.stdout) or done.stderr, flush=True)
            failed += done.returncode
    finally:
        launch("down")
    return 1 if failed else 0


def _measure(rate: int, seconds: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "launcher.live", "--var", str(VAR), "--rate", str(rate), "--seconds", str(seconds)]
    return subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def _figures(output: str) -> str:
    """What is printed, without the fleet's own progress."""
    return "\n".join(line for line in output.splitlines() if not line.startswith("fleet:"))


if __name__ == "__main__":
    sys.exit(main())
