"""Answers with its event and what it sees around it."""

import os
import sys
from typing import Any


def handler(event: Any, context: Any) -> dict[str, Any]:
    print("handling", event)
    return {
        "event": event,
        "arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "client_context": context.client_context and context.client_context.custom,
        "pid": os.getpid(),
        "cwd": os.getcwd(),  # noqa: PTH109
        "env": dict(os.environ),
        "path": sys.path,
    }
