"""Text. Arguments that are no Strings are converted first; Null and Undefined do not convert, and make the result Undefined."""

import re
from collections.abc import Callable, Mapping
from itertools import chain

from emulator.iot_core.sql.functions.function import Function, of_values
from emulator.iot_core.sql.values import INT_DIGITS, UNDEFINED, Value, to_int, to_number, to_text

PADDING_LIMIT = 1000
ASCII_LIMIT = 127
WHITE_SPACE = " \t\n\r\f\v"
GROUP_REFERENCE = re.compile(r"\$(?:(\d)|(?!\d))")


def _of_texts(compute: Callable[..., Value], arity: int, *, since_v2: bool = False) -> Function:
    """A function of Strings."""

    def apply(*arguments: Value) -> Value:
        texts = [to_text(argument) for argument in arguments]
        return UNDEFINED if None in texts else compute(*texts)

    return of_values(apply, arity, since_v2=since_v2)


def _of_regex(compute: Callable[..., Value], arity: int) -> Function:
    """A function whose second String is a regular expression; an invalid one makes the result Undefined."""

    def apply(text: str, expression: str, *more: str) -> Value:
        try:
            return compute(re.compile(expression), text, *more)
        except (re.error, RecursionError, OverflowError):
            return UNDEFINED

    return _of_texts(apply, arity)


def _replace_all(pattern: re.Pattern[str], text: str, replacement: str) -> Value:
    """``$1`` refers to a group; a lone ``$`` is no valid replacement."""
    if any(found[1] is None for found in GROUP_REFERENCE.finditer(replacement)):
        return UNDEFINED
    template = GROUP_REFERENCE.sub(r"\\g<\1>", replacement.replace("\\", "\\\\"))
    return pattern.sub(template, text)


def _first_match(pattern: re.Pattern[str], text: str) -> Value:
    found = pattern.search(text)
    return UNDEFINED if found is None else found[0]


def _padded(pad: Callable[[str, str], str]) -> Function:
    """With as many spaces as the second argument says, within its limits."""

    def apply(argument: Value, count: Value) -> Value:
        text, number = to_text(argument), to_number(count)
        if text is None or number is None:
            return UNDEFINED
        return pad(text, " " * int(min(max(number, 0), PADDING_LIMIT)))

    return of_values(apply, 2)


def _chr(argument: Value) -> Value:
    """Decimals are rounded down, so a negative one never becomes 0."""
    number = to_number(argument)
    return chr(int(number)) if number is not None and 0 <= number < ASCII_LIMIT + 1 else UNDEFINED


def _concat(*arguments: Value) -> Value:
    """One argument comes back as it is; with an Array among more, all go into one Array; else Strings are joined."""
    if len(arguments) < 2:
        return arguments[0] if arguments else UNDEFINED
    if any(isinstance(argument, list) for argument in arguments):
        parts = [argument if isinstance(argument, list) else [argument] for argument in arguments if argument is not UNDEFINED]
        return list(chain.from_iterable(parts))
    texts = [text for argument in arguments if (text := to_text(argument)) is not None]
    return "".join(texts) if len(texts) == len(arguments) else UNDEFINED


def _substring(argument: Value, start: Value, end: Value = 10**INT_DIGITS) -> Value:
    """Indices outside the text are moved to its ends, decimals cut off."""
    text, first, last = to_text(argument), to_number(start), to_number(end)
    if text is None or first is None or last is None:
        return UNDEFINED
    begin, stop = (int(min(max(number, 0), len(text))) for number in (first, last))
    return text[begin:stop]


def character(text: str, index: Value) -> Value:
    """The character at a 0-based index, or Undefined outside the text."""
    position = to_int(index)
    return text[position] if position is not None and 0 <= position < len(text) else UNDEFINED


FUNCTIONS: Mapping[str, Function] = {
    "chr": of_values(_chr, 1),
    "concat": of_values(_concat, 0, 10_000),
    "endswith": _of_texts(str.endswith, 2),
    "indexof": _of_texts(str.find, 2, since_v2=True),
    "length": _of_texts(len, 1, since_v2=True),
    "lower": _of_texts(str.lower, 1),
    "lpad": _padded(lambda text, spaces: spaces + text),
    "ltrim": _of_texts(lambda text: text.lstrip(WHITE_SPACE), 1),
    "numbytes": _of_texts(lambda text: len(text.encode()), 1, since_v2=True),
    "regexp_matches": _of_regex(lambda pattern, text: pattern.search(text) is not None, 2),
    "regexp_replace": _of_regex(_replace_all, 3),
    "regexp_substr": _of_regex(_first_match, 2),
    "replace": _of_texts(str.replace, 3),
    "rpad": _padded(lambda text, spaces: text + spaces),
    "rtrim": _of_texts(lambda text: text.rstrip(WHITE_SPACE), 1),
    "startswith": _of_texts(str.startswith, 2),
    "substring": of_values(_substring, 2, 3),
    "trim": _of_texts(lambda text: text.strip(WHITE_SPACE), 1),
    "upper": _of_texts(str.upper, 1),
}
