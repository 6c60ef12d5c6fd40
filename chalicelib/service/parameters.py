"""A request's query parameters, read and checked. A parameter that is empty counts as absent."""

import re
from collections.abc import Mapping
from enum import StrEnum

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.identifiers import DEVICE_NAME, IDENTIFIER, WORD
from chalicelib.domain.instants import epoch_ms

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_WORDS_CHARACTERS = 200
GRAMMARS = {
    "member_id": IDENTIFIER,
    "session_id": IDENTIFIER,
    "device_id": DEVICE_NAME,
    "metric": WORD,
    "exercise": WORD,
}
"""The grammar of each parameter that names something."""


def is_name(parameter: str, text: str) -> bool:
    """Whether the text may be what the parameter names."""
    return re.fullmatch(GRAMMARS[parameter], text) is not None


class Parameters:
    """The parameters of one request. Every reader raises `InvalidRequestError` with the parameter's name."""

    def __init__(self, query: Mapping[str, str] | None) -> None:
        self._query = query or {}

    def text(self, parameter: str) -> str | None:
        """The parameter as it came."""
        return self._query.get(parameter) or None

    def name(self, parameter: str) -> str | None:
        """The name of something, in its own grammar."""
        text = self.text(parameter)
        if text is not None and not is_name(parameter, text):
            raise InvalidRequestError(f"`{parameter}` is 1 to 64 of {GRAMMARS[parameter].removesuffix('{1,64}')}")
        return text

    def words(self) -> str | None:
        """What `q` searches for."""
        text = (self.text("q") or "").strip()
        if len(text) > MAX_WORDS_CHARACTERS:
            raise InvalidRequestError(f"`q` has at most {MAX_WORDS_CHARACTERS} characters")
        return text or None

    def limit(self, default: int = DEFAULT_LIMIT) -> int:
        """How many items a page may hold."""
        text = self.text("limit")
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MAX_LIMIT):
            raise InvalidRequestError(f"`limit` is a whole number between 1 and {MAX_LIMIT}")
        return int(text)

    def instant(self, parameter: str) -> int | None:
        """An instant, in epoch milliseconds."""
        text = self.text(parameter)
        if text is None:
            return None
        try:
            return epoch_ms(text)
        except ValueError as error:
            raise InvalidRequestError(f"`{parameter}` is an instant in ISO 8601 or epoch milliseconds") from error

    def flag(self, parameter: str) -> bool | None:
        """True or false."""
        text = self.text(parameter)
        if text not in {None, "true", "false"}:
            raise InvalidRequestError(f"`{parameter}` is true or false")
        return None if text is None else text == "true"

    def choice[T: StrEnum](self, parameter: str, default: T) -> T:
        """One of a few words."""
        text = self.text(parameter)
        try:
            return default if text is None else type(default)(text)
        except ValueError as error:
            raise InvalidRequestError(f"`{parameter}` is one of {', '.join(type(default))}") from error
