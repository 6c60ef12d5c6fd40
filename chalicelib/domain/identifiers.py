"""The grammars of names, as the contract states them, in a form that msgspec checks while it decodes.

Every identifier is ASCII, so that comparing strings is comparing bytes, here and in the database (`ascii_bin`).
"""

import re
from typing import Annotated

from msgspec import Meta

IDENTIFIER = r"[A-Za-z0-9_-]{1,64}"
DEVICE_NAME = r"[a-z0-9-]{1,64}"
WORD = r"[a-z0-9_]{1,64}"

TenantId = Annotated[str, Meta(pattern=rf"\A{IDENTIFIER}\Z")]
"""A clinic; one level of a topic."""
DeviceId = Annotated[str, Meta(pattern=rf"\A{DEVICE_NAME}\Z")]
"""A motion tracker: thing name and MQTT client id too."""
MemberId = Annotated[str, Meta(pattern=rf"\A{IDENTIFIER}\Z")]
"""A person in therapy, within a tenant."""
MessageId = Annotated[str, Meta(pattern=rf"\A{IDENTIFIER}\Z")]
"""One message of a device; the same id is the same message, however often it arrives."""
SessionId = Annotated[str, Meta(pattern=rf"\A{IDENTIFIER}\Z")]
"""A therapy session, within a tenant."""
Metric = Annotated[str, Meta(pattern=rf"\A{WORD}\Z")]
"""What was measured, for example `knee_flexion_left`."""
Exercise = Annotated[str, Meta(pattern=rf"\A{WORD}\Z")]
"""What the member was asked to do, for example `standing_shoulder_abduction`."""
CertificateId = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""AWS IoT's certificate id: SHA-256 of the certificate in hexadecimal."""

_DEVICE_NAME = re.compile(DEVICE_NAME)
_IDENTIFIER = re.compile(IDENTIFIER)


def is_device_id(text: str) -> bool:
    """Whether the text may name a device."""
    return _DEVICE_NAME.fullmatch(text) is not None


def is_tenant_id(text: str) -> bool:
    """Whether the text may name a tenant."""
    return _IDENTIFIER.fullmatch(text) is not None
