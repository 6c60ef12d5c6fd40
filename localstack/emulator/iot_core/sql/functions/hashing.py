"""Hashes of text, in hexadecimal."""

import hashlib
from collections.abc import Callable, Mapping

from emulator.iot_core.sql.functions.function import Function, of_values
from emulator.iot_core.sql.values import UNDEFINED, Value, to_text

ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


def _digest(algorithm: str) -> Callable[[Value], Value]:
    def apply(argument: Value) -> Value:
        text = to_text(argument)
        return UNDEFINED if text is None else hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()

    return apply


FUNCTIONS: Mapping[str, Function] = {algorithm: of_values(_digest(algorithm), 1) for algorithm in ALGORITHMS}
