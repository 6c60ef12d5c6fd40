"""What an operation of the control plane is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from emulator.dms.registry import Session

type Request = dict[str, Any]
"""An operation's input as AWS's model names it."""
type Answer = dict[str, Any]
"""An operation's output as AWS's model names it."""
type Operation = Callable[[Session, Request], Answer]


def moment(epoch_s: float | None) -> datetime | None:
    """A stored time, as answers carry it."""
    return None if epoch_s is None else datetime.fromtimestamp(epoch_s, UTC)


def without_nothing(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer's members that have a value."""
    return {name: value for name, value in answer.items() if value is not None}
