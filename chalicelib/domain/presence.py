"""Whether a device is connected, as its presence events tell. Rules of their order are the writer's.

AWS IoT: a client that reconnects elsewhere may be told as disconnected and connected at once, so that some seconds must pass
before a disconnect is believed (https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html).
"""

from dataclasses import dataclass

BELIEVED_AFTER_MS = 5_000


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether the device is connected, and since when (epoch milliseconds) where that is known."""

    online: bool
    since_ms: int | None


def presence(told_online: bool | None, told_at_ms: int | None, now_ms: int) -> Presence:
    """What to believe of the last presence event; a device that none was heard of is offline."""
    if told_online is None or told_at_ms is None:
        return Presence(online=bool(told_online), since_ms=None)
    if not told_online and now_ms - told_at_ms < BELIEVED_AFTER_MS:
        return Presence(online=True, since_ms=None)
    return Presence(online=told_online, since_ms=told_at_ms)
