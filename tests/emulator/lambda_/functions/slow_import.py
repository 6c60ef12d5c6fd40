"""Takes longer to load than its own time-out of one second; tells its process id before."""

import os
import time
from pathlib import Path

Path(os.environ["TMPDIR"], "loading").write_text(str(os.getpid()))
time.sleep(1.5)


def handler(event: object, context: object) -> str:
    return "loaded"
