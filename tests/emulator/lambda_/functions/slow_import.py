"""Takes longer to load than its own time-out of one second."""

import time

time.sleep(1.5)


def handler(event: object, context: object) -> str:
    return "loaded"
