"""How live the whole of it is: from a device until a query and a search find a message's values, and until a browser is told of them.

An instance of its own is brought up, on two cores; after a warm-up, sessions are sent at 50 messages a second, while readers poll the
database and the search, and one reads the change feed through the front door, as the demo does
(`localstack/launcher/measuring/live.py` says what is measured). Each delay includes the reader's own period. Wanted: p95 of at most
1 s to the row, 3 s to the search, and 2 s to the browser.
"""

import shutil
import subprocess
import sys

from bench.own_instance import ENVIRONMENT, ROOT, VAR, keep_to_two_cores, make

WARM_UP = (20, 5)
LOADS = ((50, 10), (50, 20))


def main() -> int:
    """Bring up, measure, print, take down; 1 when a message did not arrive, or later than wanted."""
    keep_to_two_cores()
    shutil.rmtree(VAR, ignore_errors=True)
    try:
        make("up")
        _measure(*WARM_UP)
        failed = 0
        for rate, seconds in LOADS:
            done = _measure(rate, seconds)
            print(_figures(done.stdout) or done.stderr, flush=True)
            failed += done.returncode
    finally:
        make("down")
    return 1 if failed else 0


def _measure(rate: int, seconds: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "launcher.measuring.live", "--var", str(VAR)]
    command += ["--rate", str(rate), "--seconds", str(seconds), "--as-wanted"]
    return subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def _figures(output: str) -> str:
    """What is printed, without the progress."""
    return "\n".join(line for line in output.splitlines() if not line.startswith(("fleet:", "  live ·")))


if __name__ == "__main__":
    sys.exit(main())
