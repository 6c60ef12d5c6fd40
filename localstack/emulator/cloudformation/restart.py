"""Which resources a stack may take over because they outlived LocalStack.

LocalStack forgets its stacks when it ends; streams and the device registry are durable. The deployment after a restart creates the same
resources anew, finds them there, and takes them over. Whatever was made since the start belongs to somebody else: that is a conflict, as on AWS.
"""

from datetime import UTC, datetime
from functools import cache

import psutil

_adopted: set[tuple[str, str, datetime]] = set()


def outlived_restart(type_name: str, identifier: str, created_at: datetime) -> bool:
    """Whether a resource is older than this process and not yet taken over by a stack; claims it if so."""
    claim = (type_name, identifier, created_at)
    if created_at >= _process_started_at() or claim in _adopted:
        return False
    _adopted.add(claim)
    return True


@cache
def _process_started_at() -> datetime:
    return datetime.fromtimestamp(psutil.Process().create_time(), UTC)
