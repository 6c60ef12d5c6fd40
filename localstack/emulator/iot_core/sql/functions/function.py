"""What the compiler knows of a function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emulator.iot_core.sql.message import Message, Scope
from emulator.iot_core.sql.values import Value


@dataclass(frozen=True, slots=True)
class Function:
    """A function of ``least`` to ``most`` values. With ``of_message`` the message comes first.

    ``since_v2``: SQL version 2016-03-23 introduced it. ``takes_star``: ``*``, the payload's bytes, may be an argument.
    """

    call: Callable[..., Value]
    least: int
    most: int
    of_message: bool = False
    since_v2: bool = False
    takes_star: bool = False

    def bind(self, arguments: Sequence[Callable[[Scope], Value]]) -> Callable[[Scope], Value]:
        """The call with its compiled arguments. One argument is by far the usual case and gets its own closure."""
        call = self.call
        if self.of_message:
            return lambda scope: call(scope.message, *[argument(scope) for argument in arguments])
        if len(arguments) == 1:
            only = arguments[0]
            return lambda scope: call(only(scope))
        return lambda scope: call(*[argument(scope) for argument in arguments])


def of_values(call: Callable[..., Value], least: int, most: int | None = None, *, since_v2: bool = False) -> Function:
    """A function of its arguments alone."""
    return Function(call, least, least if most is None else most, since_v2=since_v2)


def of_message(call: Callable[..., Value], least: int = 0, most: int | None = None) -> Function:
    """A function of the message (first parameter) and its arguments."""
    return Function(call, least, least if most is None else most, of_message=True)


__all__ = ["Function", "Message", "of_message", "of_values"]
