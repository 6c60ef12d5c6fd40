"""Which resources a stack may take over because they outlived LocalStack.

LocalStack forgets its stacks when it ends; streams and the device registry are durable. The deployment after a restart creates the same
resources anew, finds them there, and takes them over. What was made since the start belongs to somebody else: a conflict, as on AWS.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

_adopted: set[tuple[str, str]] = set()


def adopt(type_name: str, identifier: str, created_at: datetime) -> bool:
    """Take over a resource that is older than this process and that no stack has taken over; whether that was so."""
    claim = (type_name, identifier)
    if created_at >= _process_started_at() or claim in _adopted:
        return False
    _adopted.add(claim)
    return True


def release(type_name: str, identifier: str) -> bool:
    """Give up a resource that was taken over, without deleting it; whether it was one."""
    claim = (type_name, identifier)
    if claim not in _adopted:
        return False
    _adopted.discard(claim)
    return True


@cache
def _process_started_at() -> datetime:
    """When the kernel started this process, to a hundredth of a second (field 22 of proc(5)'s stat, in ticks since boot)."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return datetime.now(UTC) - timedelta(seconds=age_s)
