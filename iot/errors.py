"""The errors of the device side, a branch of the tree in `chalicelib.domain.errors`.

    DeviceSideError (a GonioError)
    ├── OutboxError           the durable outbox
    │   ├── OutboxFull        no room: the caller keeps the message and decides
    │   ├── OutboxBusy        another process has this outbox open
    │   └── MessageTooLarge   more bytes than the gateway accepts
    ├── ConnectionFailed      no connection within the time given, or it did not close
    ├── ProvisioningError     a device could not be registered, revoked or restored
    │   └── NotFound          what the command names does not exist
    ├── ConfigurationError    a setting is missing or wrong
    └── RecordingError        a recording's file cannot be read

A message is one sentence that a person at a terminal can act on.
"""

from chalicelib.domain.errors import GonioError


class DeviceSideError(GonioError):
    """Base of everything that `iot` raises on purpose."""


class OutboxError(DeviceSideError):
    """The durable outbox cannot take or give messages."""


class OutboxFull(OutboxError):  # noqa: N818 - named for the condition, as queue.Full is
    """The outbox's bound is reached; nothing was stored and nothing was dropped."""


class OutboxBusy(OutboxError):  # noqa: N818 - as above
    """Another process has the outbox's file open."""


class MessageTooLarge(OutboxError):  # noqa: N818 - as above
    """The payload is larger than the device gateway accepts."""


class ConnectionFailed(DeviceSideError):  # noqa: N818 - as above
    """The gateway could not be reached, or the connection did not close, in the time given."""


class ProvisioningError(DeviceSideError):
    """A provisioning command could not be carried out."""


class NotFound(ProvisioningError):  # noqa: N818 - as above
    """What a provisioning command names does not exist."""


class ConfigurationError(DeviceSideError):
    """A setting, a file or an argument is missing or wrong."""


class RecordingError(DeviceSideError):
    """A recording cannot be read."""
