"""What the connections of one gateway share."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from emulator.iot_core.broker_link import BrokerDialer
from emulator.iot_core.connections import ConnectionRegister
from emulator.iot_core.identities import Identities
from emulator.iot_core.in_flight import InFlightBytes
from emulator.iot_core.message_router import MessageRouter
from emulator.iot_core.rule_engine import RuleEngine
from emulator.iot_core.wills import Wills


class Occupant(Protocol):
    """A connection that holds a client id."""

    def taken_over(self) -> None:
        """Another connection bears this client id now."""


class ClientIds:
    """Which connection bears which client id: one at a time, the newest wins."""

    def __init__(self) -> None:
        self._occupants: dict[str, Occupant] = {}

    def take(self, client_id: str, occupant: Occupant) -> None:
        """Gives the id to `occupant`, and closes who had it."""
        former = self._occupants.get(client_id)
        self._occupants[client_id] = occupant
        if former is not None and former is not occupant:
            former.taken_over()

    def leave(self, client_id: str, occupant: Occupant) -> None:
        """Frees the id, if it is still the occupant's."""
        if self._occupants.get(client_id) is occupant:
            del self._occupants[client_id]


@dataclass(frozen=True, slots=True)
class Services:
    """Built once, in `gateway`."""

    region: str
    account: str
    identities: Identities
    engine: RuleEngine
    router: MessageRouter
    register: ConnectionRegister
    wills: Wills
    dialer: BrokerDialer
    in_flight: InFlightBytes
    client_ids: ClientIds
    serving: asyncio.Event
    """Set when rules are known: before, nothing that is published could be delivered."""
