"""The sentence for a failure that nobody foresaw. What explains it, the traceback, goes into a log."""

import traceback
from pathlib import Path


def sentence(error: Exception, log: Path) -> str:
    """One line with the error's kind, its reason, and the log, to which the traceback is added."""
    reason = f"launcher: {type(error).__name__}: {' '.join(str(error).split()) or 'no reason given'}"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError as second:
        return f"{reason}; its log {log} could not be written ({second.strerror})"
    return f"{reason}; its log is {log}"
