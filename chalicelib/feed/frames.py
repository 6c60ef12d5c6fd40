"""Server-Sent Events as text (WHATWG HTML, 9.2): what a browser's `EventSource` reads, and what it comes back with."""

import msgspec

RETRY_MS = 250
"""How long a browser waits before it comes back; the answers themselves wait for something to tell."""

OPENING = f"retry: {RETRY_MS}\n: heartbeat\n\n"
"""Begins every answer, so that no proxy takes it for empty."""


def event_frame(name: str, state: object, position: str) -> str:
    """An event; JSON has no line breaks, so its data is one line."""
    return f"id: {position}\nevent: {name}\ndata: {msgspec.json.encode(state).decode()}\n\n"


def position_frame(position: str) -> str:
    """No event, but a position: a browser keeps the id of a block without data, and dispatches nothing."""
    return f"id: {position}\n\n"
