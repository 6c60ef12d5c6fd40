"""Who a certificate is: its status, policies and things, from the control plane, kept for seconds.

While the control plane does not answer, what was learnt before goes on to hold; what was never learnt is refused as unavailable.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from emulator.iot_core.aws_calls import AwsCallError
from emulator.iot_core.control_plane import CertificateRecord, ControlPlane
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
    policy_names: frozenset[str]
    policies: tuple[Policy, ...]
    things: tuple[Thing, ...]

    def thing(self, client_id: str) -> Thing | None:
        """The attached thing that bears the client's id."""
        return next((thing for thing in self.things if thing.name == client_id), None)


class Identities:
    """Looks identities up, and keeps those of live connections true."""

    def __init__(self, control_plane: ControlPlane, clock: Callable[[], float] = time.monotonic) -> None:
        self._control_plane = control_plane
        self._clock = clock
        self._known: dict[str, tuple[float, Identity | None]] = {}
        self._policies: dict[str, tuple[float, Policy | None]] = {}
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
        wanted = [certificate_id for certificate_id in certificate_ids if certificate_id in self._known]
        certificates = {item.certificate_id: item for item in await self._control_plane.certificates()}
        attachments = await self._control_plane.attachments()
        policies = {name: await self._policy(name) for name in attachments}
        now = self._clock()
        for certificate_id in wanted:
            renewed = _renewed(self._known[certificate_id][1], certificates.get(certificate_id), attachments, policies)
            self._known[certificate_id] = (now, renewed)
        return {certificate_id: self._known[certificate_id][1] for certificate_id in wanted}

    async def _look_up_once(self, certificate_id: str) -> Identity | None:
        """Connections that ask for one certificate at once share the look-up."""
        task = self._lookups.get(certificate_id)
        if task is None:
            task = self._lookups[certificate_id] = asyncio.ensure_future(self._look_up(certificate_id))
            task.add_done_callback(lambda _: self._lookups.pop(certificate_id, None))
        return await asyncio.shield(task)

    async def _look_up(self, certificate_id: str) -> Identity | None:
        certificate = await self._control_plane.certificate(certificate_id)
        identity = await self._complete(certificate) if certificate else None
        self._known.pop(certificate_id, None)
        self._known[certificate_id] = (self._clock(), identity)
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return identity

    async def _complete(self, certificate: CertificateRecord) -> Identity:
        names, things = await asyncio.gather(self._control_plane.policy_names(certificate.arn), self._control_plane.things(certificate.arn))
        policies = [await self._policy(name) for name in sorted(names)]
        return Identity(certificate, frozenset(names), tuple(policy for policy in policies if policy), tuple(things))

    async def _policy(self, name: str) -> Policy | None:
        known = self._policies.get(name)
        if known and self._clock() - known[0] < FRESH_S:
            return known[1]
        policy = await self._control_plane.policy(name)
        self._policies[name] = (self._clock(), policy)
        return policy


def _renewed(
    identity: Identity | None,
    certificate: CertificateRecord | None,
    attachments: dict[str, frozenset[str]],
    policies: dict[str, Policy | None],
) -> Identity | None:
    """The identity with its present status and policies; its things stay, they are read anew at the next connection."""
    if identity is None or certificate is None:
        return None
    names = frozenset(name for name, targets in attachments.items() if certificate.arn in targets)
    present = tuple(policy for name in sorted(names) if (policy := policies.get(name)))
    return replace(identity, certificate=certificate, policy_names=names, policies=present)
