"""A replay's progress where no terminal is: lines that are read as they come."""

import io

from iot.replay.player import Tally
from iot.replay.progress import LineDisplay


class _Pipe(io.StringIO):
    """Hands on what was flushed, as a pipe does."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = ""

    def flush(self) -> None:
        """Pass everything on."""
        self.passed = self.getvalue()


def test_each_line_leaves_at_once() -> None:
    pipe = _Pipe()
    display = LineDisplay("replay", pipe)
    display.show(Tally(planned=20, devices=2, connected=2, handed=12, acknowledged=10), 5.0)
    assert pipe.passed == "replay: 2/2 devices, sent 12/20, acknowledged 10, 5/s\n"
    assert display.every_s <= 1


def test_the_last_problem_is_told_while_something_is_missing() -> None:
    pipe = _Pipe()
    display = LineDisplay("replay", pipe)
    for acknowledged in (1, 2):
        display.show(Tally(planned=2, acknowledged=acknowledged, last_problem="knee-1: gone"), 1.0)
    assert [("gone" in line) for line in pipe.passed.splitlines()] == [True, False]
