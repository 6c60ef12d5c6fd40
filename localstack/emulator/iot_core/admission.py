"""Lets a device in: identity and policies first, then the broker's own CONNECT and CONNACK."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass

from emulator.iot_core.broker_link import BrokerLink, BrokerUnavailableError
from emulator.iot_core.connecting import ConnectRefusedError, Terms, broker_connect
from emulator.iot_core.identities import FRESH_S, JUST_NOW_S, Identity, IdentityUnavailableError
from emulator.iot_core.mqtt.decode import decode
from emulator.iot_core.mqtt.frames import Frame
from emulator.iot_core.mqtt.packets import Connack, Version
from emulator.iot_core.mqtt.reasons import Reason
from emulator.iot_core.permissions import Permissions, policy_context
from emulator.iot_core.policy import Certificate, PolicyContext
from emulator.iot_core.services import Services

DEADLINE_S = 10.0
"""For the whole of a CONNECT; a control plane that restarts answers within it, or the device comes again."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A device that may connect. `context` is what its permissions are decided in, now and when policies change."""

    terms: Terms
    context: PolicyContext
    identity: Identity

    def permissions(self) -> Permissions:
        """What it may do."""
        return Permissions(self.context, self.identity)


async def authorise(services: Services, terms: Terms, certificate: Certificate, source_ip: str) -> Admitted:
    """Asks the control plane. Raises `ConnectRefusedError`."""
    await services.serving.wait()
    try:
        return await _decide(services, terms, certificate, source_ip, oldest_s=FRESH_S)
    except ConnectRefusedError as error:
        if error.reason is not Reason.NOT_AUTHORIZED:
            raise
        return await _decide(services, terms, certificate, source_ip, oldest_s=JUST_NOW_S)


async def open_broker(services: Services, terms: Terms) -> tuple[BrokerLink, Connack]:
    """A link whose client the broker took; it delivers nothing before `BrokerLink.hand_over`. Raises `ConnectRefusedError`."""
    handshake = _Handshake(terms.version)
    try:
        link = await services.dialer.dial(handshake)
    except BrokerUnavailableError as error:
        raise ConnectRefusedError(Reason.SERVER_UNAVAILABLE, f"broker: {error}") from error
    with ExitStack() as unless_accepted:
        unless_accepted.callback(link.close)
        link.send(broker_connect(terms))
        answer = await handshake.answer
        if answer.code:
            raise ConnectRefusedError(Reason.SERVER_UNAVAILABLE, f"broker answers {answer.code:#x}")
        unless_accepted.pop_all()
    return link, answer


async def _decide(services: Services, terms: Terms, certificate: Certificate, source_ip: str, *, oldest_s: float) -> Admitted:
    try:
        identity = await services.identities.find(certificate.id, oldest_s)
    except IdentityUnavailableError as error:
        raise ConnectRefusedError(Reason.SERVER_UNAVAILABLE, f"control plane does not answer: {error}") from error
    if identity is None:
        raise ConnectRefusedError(Reason.NOT_AUTHORIZED, "certificate is not registered")
    if not identity.certificate.active:
        raise ConnectRefusedError(Reason.NOT_AUTHORIZED, f"certificate is {identity.certificate.status}")
    context = policy_context(terms, identity, certificate, source_ip, account_and_region=(services.account, services.region))
    admitted = Admitted(terms, context, identity)
    if not admitted.permissions().may_connect():
        raise ConnectRefusedError(Reason.NOT_AUTHORIZED, "policies do not allow iot:Connect")
    return admitted


class _Handshake:
    """The broker's client until it has answered; implements `BrokerClient`."""

    def __init__(self, version: Version) -> None:
        self._version = version
        self.answer: asyncio.Future[Connack] = asyncio.get_running_loop().create_future()

    def broker_frame(self, frame: Frame) -> None:
        packet = decode(frame, self._version)
        if isinstance(packet, Connack) and not self.answer.done():
            self.answer.set_result(packet)

    def broker_lost(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(ConnectRefusedError(Reason.SERVER_UNAVAILABLE, "broker closed the connection"))

    def broker_congestion_changed(self) -> None:
        """Nothing was sent that could wait."""

    def takes_deliveries(self) -> bool:
        return not self.answer.done()
