"""Lambda's payload limits. Source: Lambda developer guide, "Lambda quotas", November 2026."""

MAX_REQUEST_BYTES = 6 * 1024 * 1024
"""Largest event of a synchronous invocation."""
MAX_EVENT_BYTES = 1024 * 1024
"""Largest event of an asynchronous invocation (256 KB until October 2025)."""
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""Largest answer of a handler, with the envelope's 100 bytes that AWS's message counts in."""


def oversize_message(size: int, invocation_type: str) -> str | None:
    """AWS's refusal of an event of `size` bytes, or None when it fits. `invocation_type`: RequestResponse or Event."""
    limit = MAX_EVENT_BYTES if invocation_type == "Event" else MAX_REQUEST_BYTES
    if size <= limit:
        return None
    return f"{size} byte payload is too large for the {invocation_type} invocation type (limit {limit} bytes)"
