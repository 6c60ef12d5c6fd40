"""Fails in the way that the event asks for."""

import os
import sys
from typing import Any


def handler(event: dict[str, Any], context: object) -> Any:
    match event.get("how"):
        case "raise":
            raise ValueError("no such knee")
        case "exit":
            os._exit(int(event["code"]))
        case "sys.exit":
            sys.exit(int(event["code"]))
        case "signal":
            os.kill(os.getpid(), int(event["signal"]))
        case "unserialisable":
            return object()
        case "allocate":
            return len(bytearray(b"x") * (int(event["mb"]) * 1024 * 1024))
        case "large":
            return "x" * (int(event["bytes"]) - 2)
    return "well"
