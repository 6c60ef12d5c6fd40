"""When a device's publishes may be acknowledged: each when all that depends on it is settled, and in their order (MQTT-4.6.0-2).

Pure. One window a connection; the connection stops reading publishes while it is full, so it bounds what one device can have under way.
"""

from collections import deque
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Pending:
    """One publish under way. Packet id 0 stands for QoS 0, `rules` counts the rules whose actions are not through."""

    packet_id: int
    size_bytes: int
    rules: int
    broker: bool
    """Whether the broker's acknowledgement is awaited."""

    @property
    def settled(self) -> bool:
        """Whether nothing is awaited any more."""
        return not self.broker and self.rules <= 0


class AcknowledgementWindow:
    """The publishes of one connection that are not yet acknowledged, oldest first.

    Each `settle_*` answers the publishes that leave the window with it, to be acknowledged in that order.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._order: deque[Pending] = deque()
        self._by_packet_id: dict[int, Pending] = {}

    @property
    def full(self) -> bool:
        """Whether no further publish may be opened."""
        return len(self._order) >= self._limit

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, packet_id: int) -> bool:
        return packet_id in self._by_packet_id

    def open(self, pending: Pending) -> None:
        """Enters a publish."""
        self._order.append(pending)
        if pending.packet_id:
            self._by_packet_id[pending.packet_id] = pending

    def settle_rule(self, pending: Pending) -> list[Pending]:
        """One rule is through with this publish."""
        pending.rules -= 1
        return self.released()

    def settle_broker(self, packet_id: int) -> list[Pending]:
        """The broker has the publish with this packet id; one that nobody knows settles nothing."""
        pending = self._by_packet_id.get(packet_id)
        if pending is None:
            return []
        pending.broker = False
        return self.released()

    def give_up_broker(self) -> list[Pending]:
        """The connection is over: nobody waits for the broker any more."""
        for pending in self._order:
            pending.broker = False
        return self.released()

    def released(self) -> list[Pending]:
        """Takes out, in order, the publishes that wait for nothing."""
        released = []
        while self._order and self._order[0].settled:
            pending = self._order.popleft()
            self._by_packet_id.pop(pending.packet_id, None)
            released.append(pending)
        return released
