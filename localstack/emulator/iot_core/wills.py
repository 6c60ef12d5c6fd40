"""Last wills: kept by the gateway, so that rules see them and a policy decides, and published when a client is lost."""

import asyncio
from collections.abc import Callable

from emulator.iot_core.mqtt.packets import Will
from emulator.iot_core.mqtt.properties import Property

type PublishWill = Callable[[], None]


class Wills:
    """Wills that are due after their delay (MQTT 5, 3.1.3.2.2)."""

    def __init__(self) -> None:
        self._delayed: dict[str, tuple[asyncio.TimerHandle, PublishWill]] = {}

    def due(self, client_id: str, delay_s: float, publish: PublishWill) -> None:
        """Publishes after `delay_s`, unless the client's session goes on before."""
        if delay_s <= 0:
            publish()
            return
        timer = asyncio.get_running_loop().call_later(delay_s, self._elapsed, client_id)
        self._delayed[client_id] = (timer, publish)

    def reconnected(self, client_id: str, *, clean_start: bool) -> None:
        """The client is back: a session that goes on has lost nothing; one that begins anew has ended the former, whose will is due."""
        timer, publish = self._delayed.pop(client_id, (None, None))
        if timer and publish:
            timer.cancel()
            if clean_start:
                publish()

    def flush(self) -> None:
        """Publishes all: the gateway goes down."""
        for client_id in list(self._delayed):
            self._elapsed(client_id)

    def _elapsed(self, client_id: str) -> None:
        timer, publish = self._delayed.pop(client_id)
        timer.cancel()
        publish()


def delay_s(will: Will, session_expiry_s: int) -> float:
    """The delay that holds: a session's end does not wait for it."""
    return float(min(will.properties.integer(Property.WILL_DELAY_INTERVAL, 0), session_expiry_s))
