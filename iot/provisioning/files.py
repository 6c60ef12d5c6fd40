"""The files that a device gets: its certificate, its private key, and the authority that it trusts.

They are written beside their places first and moved there when the certificate is active, so that a device that works keeps
its files until the new ones do.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from iot.errors import ProvisioningError

_OWNER_ONLY = 0o600
_PUBLIC = 0o644


@dataclass(frozen=True, slots=True)
class DeviceFiles:
    """`DIR/<device>.pem`, `DIR/<device>.key` (owner only) and `DIR/ca.pem`."""

    folder: Path
    device_id: str

    @property
    def certificate_file(self) -> Path:
        """The device's certificate."""
        return self.folder / f"{self.device_id}.pem"

    @property
    def key_file(self) -> Path:
        """The device's private key."""
        return self.folder / f"{self.device_id}.key"

    @property
    def ca_file(self) -> Path:
        """The authority of the gateway's certificate; the devices of a folder share it."""
        return self.folder / "ca.pem"

    def require_writable(self) -> None:
        """Raises `ProvisioningError` when the folder cannot be made or written, before anything is created elsewhere."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProvisioningError(f"the folder {self.folder} cannot be made: {error.strerror}") from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise ProvisioningError(f"the folder {self.folder} cannot be written to")

    def stage(self, certificate_pem: str, key_pem: bytes, ca_pem: bytes) -> None:
        """Writes the three files beside their places, durably."""
        try:
            _write(_staged(self.key_file), key_pem, _OWNER_ONLY)
            _write(_staged(self.certificate_file), certificate_pem.encode(), _PUBLIC)
            _write(_staged(self.ca_file, self.device_id), ca_pem, _PUBLIC)
        except OSError as error:
            raise ProvisioningError(f"the files of {self.device_id} cannot be written to {self.folder}: {error.strerror}") from error

    def publish(self) -> None:
        """Moves the staged files to their places."""
        try:
            _staged(self.key_file).replace(self.key_file)
            _staged(self.certificate_file).replace(self.certificate_file)
            _staged(self.ca_file, self.device_id).replace(self.ca_file)
        except OSError as error:
            raise ProvisioningError(f"the files of {self.device_id} cannot be put in place: {error.strerror}") from error

    def discard(self) -> None:
        """Removes what was staged. What cannot be removed stays: the error that led here is the one to report."""
        for path in (_staged(self.key_file), _staged(self.certificate_file), _staged(self.ca_file, self.device_id)):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _staged(path: Path, owner: str = "") -> Path:
    """Two commands that share a folder must not meet in one staged `ca.pem`, hence the owner."""
    return path.with_name(f".{owner}{path.name}.new")


def _write(path: Path, content: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    # The mode holds from the first byte: no moment at which others could read the key.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
