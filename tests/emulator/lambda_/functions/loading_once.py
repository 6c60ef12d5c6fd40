"""Fails to load the first time, in an environment's life, and loads the second time: as a dependency that was not there yet."""

import os
from pathlib import Path

marker = Path(os.environ["MARKER"])
if not marker.exists():
    marker.touch()
    raise RuntimeError("not there yet")


def handler(event: object, context: object) -> str:
    return "loaded"
