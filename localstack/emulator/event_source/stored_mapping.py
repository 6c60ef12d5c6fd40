"""One mapping's entry where LocalStack's API reads it, and the states that it shows."""

from collections.abc import MutableMapping
from enum import StrEnum
from typing import Any

USER_ACTION = "User action"
"""StateTransitionReason of a stream's mapping, in AWS's words."""


class MappingState(StrEnum):
    """State, as GetEventSourceMapping shows it."""

    CREATING = "Creating"
    ENABLING = "Enabling"
    ENABLED = "Enabled"
    DISABLING = "Disabling"
    DISABLED = "Disabled"
    UPDATING = "Updating"
    DELETING = "Deleting"


class StoredMapping:
    """One mapping among the `entries` by UUID that GetEventSourceMapping and ListEventSourceMappings read."""

    def __init__(self, entries: MutableMapping[str, Any], uuid: str) -> None:
        self._entries = entries
        self._uuid = uuid

    def update(self, **fields: Any) -> None:
        """Change what the API shows; nothing where the mapping is gone."""
        if (entry := self._entries.get(self._uuid)) is not None:
            entry.update(fields)

    def remove(self) -> None:
        """The mapping is deleted."""
        self._entries.pop(self._uuid, None)
