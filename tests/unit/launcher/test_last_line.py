"""The reason that a log gives."""

from pathlib import Path

import pytest

from launcher.processes.last_line import error_line, last_line


@pytest.mark.parametrize(
    ("text", "last", "error"),
    [
        ("", "it wrote nothing", "it wrote nothing"),
        ("one\n\n  two  \n\n", "two", "two"),
        ("write: No space left on device\nwill retry\n", "write: No space left on device", "write: No space left on device"),
        ("ERROR: 1051 Unknown table\n0 [ERROR] Aborting\nRead the manual\n", "Read the manual", "ERROR: 1051 Unknown table"),
        ("No space left on device\nERROR: gone\n", "No space left on device", "No space left on device"),
        ("No space left on device\n" + "line\n" * 60, "line", "line"),
        ("x" * 1000, "x" * 300, "x" * 300),
    ],
)
def test_the_line_that_explains(tmp_path: Path, text: str, last: str, error: str) -> None:
    log = tmp_path / "component.log"
    log.write_text(text)
    assert (last_line(log), error_line(log)) == (last, error)


def test_a_log_that_is_not_there_wrote_nothing(tmp_path: Path) -> None:
    assert last_line(tmp_path / "absent.log") == "it wrote nothing"
