"""What every action promises: to deliver one payload once more, and to say how that went."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from emulator.iot_core.aws_calls import AwsCallError
from emulator.iot_core.sql import Message


class Remedy(Enum):
    """What can make a failed delivery succeed."""

    RETRY = auto()
    """Time: throttling, an outage."""
    CONFIGURATION = auto()
    """Somebody who mends the rule or its target: a stream that does not exist, a denied access."""
    NONE = auto()
    """Nothing: the message itself cannot be delivered."""


@dataclass(frozen=True, slots=True)
class ActionFailure:
    """Why a delivery failed. `detail` goes into the error action's message."""

    detail: str
    remedy: Remedy

    @staticmethod
    def of(error: AwsCallError) -> "ActionFailure":
        """The failure that a call's error means."""
        if error.retryable:
            return ActionFailure(str(error), Remedy.RETRY)
        unfit = error.code in ("ValidationException", "InvalidParameterValue", "InvalidMessageContents", "RequestTooLargeException")
        return ActionFailure(str(error), Remedy.NONE if unfit else Remedy.CONFIGURATION)


type Outcome = Callable[[ActionFailure | None], None]
"""Called once for each delivery: with None when the target accepted it."""


class Action(Protocol):
    """A rule's action with its target."""

    @property
    def kind(self) -> str:
        """AWS's name of the action, as `failedAction` in an error action's message: `KinesisAction`, …"""

    @property
    def resource(self) -> str:
        """The target, as `failedResource` in an error action's message."""

    def deliver(self, message: Message, payload: bytes, outcome: Outcome) -> None:
        """Starts one attempt. `message` is what came in, for substitution templates; `payload` is the rule's output."""
