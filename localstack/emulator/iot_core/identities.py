"""Who a certificate is: its status, policies and things with their groups' policies, from the control plane, kept for seconds.

While the control plane does not answer, what was learnt before goes on to hold; what was never learnt is refused as unavailable.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from emulator.iot_core.aws_calls import AwsCallError
from emulator.iot_core.control_plane import Attachment, CertificateRecord, ControlPlane
from emulator.iot_core.policy import Policy, Thing

log = logging.getLogger(__name__)

FRESH_S = 3.0
JUST_NOW_S = 0.25
"""How old an identity may be that refuses a connection: a device that was set right comes in at once."""
KEPT = 20_000
"""Identities in memory; beyond, the oldest is forgotten."""


class IdentityUnavailableError(Exception):
    """The control plane does not answer and nothing is known of this certificate."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with all that authorisation needs. Equal identities decide equally."""

    certificate: CertificateRecord
    policies: tuple[Policy, ...]
    """Attached to the certificate."""
    things: tuple[Thing, ...]
    group_policies: Mapping[str, tuple[Policy, ...]]
    """By thing: those of its groups and of all groups above them."""

    def policies_as(self, client_id: str) -> tuple[Policy, ...]:
        """The policies of a connection. Those of groups hold for the client that bears its thing's name.

        Source: developer guide, "Static thing groups": the thing's name must match the client id.
        """
        return self.policies + self.group_policies.get(client_id, ())

    def thing(self, client_id: str) -> Thing | None:
        """The attached thing that bears the client's id."""
        return next((thing for thing in self.things if thing.name == client_id), None)


class Identities:
    """Looks identities up, and keeps those of live connections true."""

    def __init__(self, control_plane: ControlPlane, clock: Callable[[], float] = time.monotonic) -> None:
        self._control_plane = control_plane
        self._clock = clock
        self._known: dict[str, tuple[float, Identity | None]] = {}
        self._lookups: dict[str, asyncio.Task[Identity | None]] = {}

    async def find(self, certificate_id: str, oldest_s: float = FRESH_S) -> Identity | None:
        """The identity, or None for a certificate that is not registered. Raises `IdentityUnavailableError`."""
        known = self._known.get(certificate_id)
        if known and self._clock() - known[0] < oldest_s:
            return known[1]
        try:
            return await self._look_up_once(certificate_id)
        except AwsCallError as error:
            if known:
                log.warning("control plane does not answer, certificate %s stays as known: %s", certificate_id[:12], error.code)
                return known[1]
            raise IdentityUnavailableError(str(error)) from error

    async def refresh(self, certificate_ids: Iterable[str]) -> dict[str, Identity | None]:
        """The present identities of live connections, by a few listings whatever their number. Raises `AwsCallError`."""
        asked_at = self._clock()
        certificates = {item.certificate_id: item for item in await self._control_plane.certificates()}
        attachments = await self._control_plane.attachments()
        known = {item: self._known[item][1] for item in certificate_ids if item in self._known}
        present = {item: _renewed(identity, certificates.get(item), attachments) for item, identity in known.items()}
        return {item: self._remember(item, identity, asked_at) for item, identity in present.items()}

    async def _look_up_once(self, certificate_id: str) -> Identity | None:
        """Connections that ask for one certificate at once share the look-up."""
        task = self._lookups.get(certificate_id)
        if task is None:
            task = self._lookups[certificate_id] = asyncio.ensure_future(self._look_up(certificate_id))
            task.add_done_callback(lambda _: self._lookups.pop(certificate_id, None))
        return await asyncio.shield(task)

    async def _look_up(self, certificate_id: str) -> Identity | None:
        asked_at = self._clock()
        certificate = await self._control_plane.certificate(certificate_id)
        identity = await self._complete(certificate) if certificate else None
        return self._remember(certificate_id, identity, asked_at)

    def _remember(self, certificate_id: str, identity: Identity | None, asked_at: float) -> Identity | None:
        """The identity, or the one that was asked for later and came first. As the newest: what live connections need is not forgotten."""
        known = self._known.pop(certificate_id, None)
        newest = known if known and known[0] > asked_at else (asked_at, identity)
        self._known[certificate_id] = newest
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return newest[1]

    async def _complete(self, certificate: CertificateRecord) -> Identity:
        plane = self._control_plane
        policies, things = await asyncio.gather(plane.certificate_policies(certificate.arn), plane.things(certificate.arn))
        inherited = await asyncio.gather(*(plane.group_policies(thing.name) for thing in things))
        group_policies = {thing.name: found for thing, found in zip(things, inherited, strict=True)}
        return Identity(certificate, policies, tuple(things), group_policies)


def _renewed(identity: Identity | None, certificate: CertificateRecord | None, attachments: list[Attachment]) -> Identity | None:
    """The identity with its present status and policies; its things stay until a connection that comes later than `FRESH_S`."""
    if identity is None or certificate is None:
        return None
    own = tuple(item.policy for item in attachments if certificate.arn in item.targets)
    group_policies = {thing.name: tuple(item.policy for item in attachments if thing.name in item.things) for thing in identity.things}
    return replace(identity, certificate=certificate, policies=own, group_policies=group_policies)
