"""Answers with its event, and what it sees of its context and environment."""

import os


def handler(event, context):
    print("handling", event)
    return {
        "event": event,
        "arn": context.invoked_function_arn,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "request_id": context.aws_request_id,
        "pid": os.getpid(),
        "env": dict(os.environ),
    }
