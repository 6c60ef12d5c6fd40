"""Why a component does not go on, as its log tells it."""

import re
from pathlib import Path

_SEARCHED_LINES = 50
_LONGEST = 300
_ERROR = re.compile(r"\bERROR\b(?!.*\bAborting$)")


def last_line(log: Path) -> str:
    """The log's last line; but a full disk, when it tells of one, since that explains all else."""
    lines = _tail(log)
    full = next((line for line in lines if "No space left" in line), None)
    return full or (lines[-1] if lines else "it wrote nothing")


def error_line(log: Path) -> str:
    """The same of a program that goes on with advice after its error."""
    errors = [line for line in _tail(log) if _ERROR.search(line)]
    return errors[-1] if errors and "No space left" not in last_line(log) else last_line(log)


def _tail(log: Path) -> list[str]:
    text = log.read_text(errors="replace") if log.is_file() else ""
    return [line.strip()[:_LONGEST] for line in text.splitlines()[-_SEARCHED_LINES:] if line.strip()]
