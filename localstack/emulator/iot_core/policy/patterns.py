"""Patterns of policies: ``*`` and ``?`` are the only wildcards, ``${name}`` a variable, everything else stands for itself.

MQTT's ``+`` and ``#`` are plain characters here, and ``*`` crosses topic levels (developer guide, "Using wildcard characters").
"""

import fnmatch
import glob
import re
from collections.abc import Callable

VARIABLE = re.compile(r"\$\{([^{}]*)\}")
LITERALS = frozenset("*?$")  # ${*}, ${?} and ${$} are IAM's way to write these characters

type Lookup = Callable[[str], str | None]


def to_regex(pattern: str, lookup: Lookup | None = None) -> str | None:
    """``pattern`` as a regular expression for the whole text, or None when one of its variables has no value.

    A variable's value stands for itself, even when it has wildcards in it. The expression never backtracks over a wildcard twice
    (``fnmatch`` builds it from atomic groups), so a hostile topic cannot make it slow.
    """
    parts: list[str] = []
    end = 0
    for found in VARIABLE.finditer(pattern) if lookup else ():
        value = _value(found[1], lookup)
        if value is None:
            return None
        parts += [_wildcards_only(pattern[end : found.start()]), glob.escape(value)]
        end = found.end()
    return fnmatch.translate("".join([*parts, _wildcards_only(pattern[end:])]))


def _value(name: str, lookup: Lookup | None) -> str | None:
    if name in LITERALS:
        return name
    return lookup(name) if lookup else None


def _wildcards_only(text: str) -> str:
    """``fnmatch`` knows ``[…]`` too: take its meaning away."""
    return text.replace("[", "[[]")
