"""The program of the watchdog process: kills what it was told to guard when its parent has gone.

Standard input carries lines `+<group>` and `-<group>`; its end means that the parent has died, however it died. Started as a bare
script, so it imports next to nothing.
"""

import os
import signal
import sys
from collections.abc import Iterable


def guarded_groups(lines: Iterable[str]) -> set[int]:
    """The process groups that are still guarded when the lines end."""
    groups: set[int] = set()
    for line in lines:
        if line.startswith("+"):
            groups.add(int(line[1:]))
        else:
            groups.discard(int(line[1:]))
    return groups


def main() -> None:
    """Waits for the end of standard input, then sends SIGKILL to every guarded group."""
    for group in guarded_groups(sys.stdin):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
