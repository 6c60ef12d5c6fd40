"""Counts its own invocations; a warm environment goes on where it was."""

import os

count = 0


def handler(event: object, context: object) -> dict[str, int]:
    global count  # noqa: PLW0603
    count += 1
    return {"pid": os.getpid(), "count": count}
