"""How long a client may be silent. Pure; times are seconds of one monotonic clock."""

from emulator.iot_core import limits


class KeepAlive:
    """One connection's silence: until CONNECT a fixed time, then one and a half times its keep-alive (MQTT 5, 3.1.2.10)."""

    def __init__(self, now: float) -> None:
        self._heard_at = now
        self._allowed_s = limits.CONNECT_TIMEOUT_S

    def agreed(self, keep_alive_s: int) -> None:
        """The client is connected with this keep-alive."""
        self._allowed_s = keep_alive_s * limits.KEEP_ALIVE_GRACE

    def heard(self, now: float) -> None:
        """The client has said something, or was not listened to."""
        self._heard_at = now

    def overdue(self, now: float) -> bool:
        """Whether the client was silent for too long."""
        return now - self._heard_at > self._allowed_s
