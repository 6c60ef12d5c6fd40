"""Runs a server whose workers outlive it when it is killed, and ends them with it, so that its successor finds the port free.

nginx is one: its workers do not notice that their master is gone. It also writes its title over its environment, and with it over
the instance's mark; this process keeps the mark, and the kernel ends the server when this process is killed.

Usage: python guard.py COMMAND...
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence


def run(command: Sequence[str]) -> int:
    """Until the server ends, by itself, killed, or because SIGTERM was sent here. Its exit status, or 1 when a signal ended it."""
    server = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], process_group=0)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    status = server.wait()
    with contextlib.suppress(ProcessLookupError):  # no worker is left
        os.killpg(server.pid, signal.SIGKILL)
    return max(status, 0) or int(status < 0)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
