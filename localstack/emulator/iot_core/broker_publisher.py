"""The gateway's own connection to the broker, for presence events, wills and republished messages. A broker's death loses none of them."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from emulator.iot_core import limits
from emulator.iot_core.broker_link import BrokerDialer, BrokerLink, BrokerUnavailableError
from emulator.iot_core.mqtt.decode import decode
from emulator.iot_core.mqtt.encode import encode
from emulator.iot_core.mqtt.frames import Frame
from emulator.iot_core.mqtt.packets import Acknowledgement, Connack, Connect, Publish, Version

log = logging.getLogger(__name__)

_CLIENT_ID = "gateway-" + "0" * limits.CLIENT_ID_BYTES
"""Longer than any device's client id may be, so that no device takes this connection over."""
_PAUSE_S = 0.2

_TRIES = 3
"""How often a message that is alone under way may end the connection before it is taken for the cause."""

type Accepted = Callable[[], None]


@dataclass(slots=True)
class _Outgoing:
    packet: Publish
    accepted: Accepted
    tries: int = 0


class BrokerPublisher:
    """Publishes with QoS 1; implements `BrokerClient`. What the broker has not acknowledged goes out again after a reconnection."""

    def __init__(self, dialer: BrokerDialer) -> None:
        self._dialer = dialer
        self._link: BrokerLink | None = None
        self._waiting: deque[_Outgoing] = deque()
        self._sent: dict[int, _Outgoing] = {}
        self._window = limits.IN_FLIGHT
        self._next_id = 0
        self._lost = asyncio.Event()
        self._connected = False
        self.ready = asyncio.Event()
        """Set when the broker has answered for the first time."""

    async def run(self) -> None:
        """Keeps the connection for as long as the task lives."""
        while True:
            self._lost.clear()
            try:
                self._link = await self._dialer.dial(self)
            except BrokerUnavailableError as error:
                log.warning("broker does not answer: %s", error)
            else:
                self._link.send(encode(Connect(Version.V5, _CLIENT_ID), Version.V5))
                await self._lost.wait()
                log.warning("broker closed the gateway's connection")
            await asyncio.sleep(_PAUSE_S)

    def publish(self, packet: Publish, accepted: Accepted) -> None:
        """Queues a message; `accepted` is called when the broker has it."""
        self._waiting.append(_Outgoing(packet, accepted))
        self._send_waiting()

    @property
    def idle(self) -> bool:
        """Whether everything was acknowledged."""
        return not self._waiting and not self._sent

    def broker_frame(self, frame: Frame) -> None:
        packet = decode(frame, Version.V5)
        if isinstance(packet, Connack):
            self._connected = True
            self.ready.set()
            self._send_waiting()
        elif isinstance(packet, Acknowledgement) and (outgoing := self._sent.pop(packet.packet_id, None)):
            self._window = min(self._window * 2, limits.IN_FLIGHT)
            outgoing.accepted()
            self._send_waiting()

    def broker_lost(self) -> None:
        """What was under way goes out again, one by one at first: should a message itself be what the broker does not bear, it shows."""
        self._connected = False
        under_way = list(self._sent.values())
        self._sent.clear()
        if self._window == 1 and under_way:
            under_way = self._without_poison(under_way[0])
        self._window = 1
        self._waiting.extendleft(reversed(under_way))
        self._lost.set()

    def broker_congestion_changed(self) -> None:
        """Nothing to do: what is under way is bounded by the receive maximum."""

    def takes_deliveries(self) -> bool:
        return True

    def _without_poison(self, suspect: _Outgoing) -> list[_Outgoing]:
        suspect.tries += 1
        if suspect.tries < _TRIES:
            return [suspect]
        log.error("broker does not take a message on %r, dropped", suspect.packet.topic)
        suspect.accepted()
        return []

    def _send_waiting(self) -> None:
        while self._connected and self._link and self._waiting and len(self._sent) < self._window:
            outgoing = self._waiting.popleft()
            packet_id = self._free_id()
            self._sent[packet_id] = outgoing
            self._link.send(encode(replace(outgoing.packet, qos=1, packet_id=packet_id), Version.V5))

    def _free_id(self) -> int:
        while True:
            self._next_id = self._next_id % 0xFFFF + 1
            if self._next_id not in self._sent:
                return self._next_id
