"""Lambda's payload limits. Source: Lambda developer guide, "Lambda quotas", November 2026."""

MAX_REQUEST_BYTES = 6 * 1024 * 1024
"""Largest event of a synchronous invocation."""
MAX_EVENT_BYTES = 1024 * 1024
"""Largest event of an asynchronous invocation (256 KB until October 2025)."""
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""Largest answer of a handler, as AWS's message names it."""
