"""Writes its process ids to the file that the event names, then is busy for as long as it says, or until another file is there."""

import os
import subprocess
import time
from pathlib import Path
from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    pids = [os.getpid()]
    if event.get("child"):
        pids.append(subprocess.Popen(["sleep", "60"]).pid)
    if event.get("file"):
        Path(event["file"] + ".new").write_text(" ".join(map(str, pids)))
        Path(event["file"] + ".new").rename(event["file"])
    told = Path(event.get("until", "/nowhere"))
    end = time.monotonic() + float(event["seconds"])
    while time.monotonic() < end and not told.exists():
        if not event.get("busy"):
            time.sleep(0.01)
    return {"pid": os.getpid()}
