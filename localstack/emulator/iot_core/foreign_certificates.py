"""Certificates that were registered without their authority: the TLS layer has to trust each of them itself."""

import logging
import ssl

from emulator.iot_core.control_plane import ControlPlane

log = logging.getLogger(__name__)


class ForeignCertificates:
    """Loads them into a live TLS context, as leaves that need no chain. None is ever taken out: its status decides at CONNECT."""

    def __init__(self, control_plane: ControlPlane, context: ssl.SSLContext) -> None:
        self._control_plane = control_plane
        self._context = context
        self._loaded: set[str] = set()

    async def refresh(self) -> None:
        """Loads what was registered since the last time. Raises `AwsCallError`."""
        for certificate in await self._control_plane.certificates():
            if certificate.foreign and certificate.certificate_id not in self._loaded:
                pem = await self._control_plane.certificate_pem(certificate.certificate_id)
                self._loaded.add(certificate.certificate_id)
                self._load(certificate.certificate_id, pem)

    def _load(self, certificate_id: str, pem: str | None) -> None:
        if pem is None:
            return
        try:
            self._context.load_verify_locations(cadata=pem)
            log.info("certificate %s, registered without an authority, is trusted", certificate_id[:12])
        except ssl.SSLError as error:
            log.warning("certificate %s cannot be loaded: %s", certificate_id[:12], error)
