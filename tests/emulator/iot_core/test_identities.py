"""What is known of certificates when answers of the control plane overtake each other."""

import asyncio
import itertools
from typing import Any, cast

from emulator.iot_core.control_plane import CertificateRecord, ControlPlane
from emulator.iot_core.identities import Identities, Identity

NAME = "c" * 64


class SlowListing:
    """A control plane whose listing of certificates is read at once and answered when told."""

    def __init__(self) -> None:
        self.status = "ACTIVE"
        self.listed, self.answer = asyncio.Event(), asyncio.Event()

    def _record(self) -> CertificateRecord:
        return CertificateRecord(NAME, f"arn:aws:iot:eu-west-1:0:cert/{NAME}", self.status)

    async def certificate(self, _certificate_id: str) -> CertificateRecord:
        return self._record()

    async def certificates(self) -> list[CertificateRecord]:
        found = [self._record()]
        self.listed.set()
        await self.answer.wait()
        return found

    async def certificate_policies(self, _arn: str) -> tuple[Any, ...]:
        return ()

    async def things(self, _arn: str) -> tuple[Any, ...]:
        return ()

    async def attachments(self) -> list[Any]:
        return []


def test_a_listing_that_was_overtaken_does_not_undo_what_was_learnt_since() -> None:
    async def overtaken() -> tuple[Identity | None, Identity | None]:
        plane, clock = SlowListing(), itertools.count(0.0, 0.01)
        identities = Identities(cast("ControlPlane", plane), lambda: next(clock))
        await identities.find(NAME)
        refreshing = asyncio.ensure_future(identities.refresh([NAME]))
        await plane.listed.wait()
        plane.status = "INACTIVE"
        await identities.find(NAME, oldest_s=0)
        plane.answer.set()
        return (await refreshing)[NAME], await identities.find(NAME)

    told, known = asyncio.run(overtaken())
    assert told is not None
    assert known is not None
    assert (told.certificate.status, known.certificate.status) == ("INACTIVE", "INACTIVE")
