"""One launcher process at a time: whoever waits says so, and gets its turn."""

import threading
from pathlib import Path

from launcher import exclusion


def test_a_lock_that_is_held_is_waited_for_and_said_to_be(tmp_path: Path) -> None:
    file, steps, waits = tmp_path / "lock", list[str](), threading.Event()

    def wait() -> None:
        steps.append("waiting")
        waits.set()

    def second() -> None:
        with exclusion.held(file, wait):
            steps.append("second")

    other = threading.Thread(target=second)
    with exclusion.held(file, lambda: steps.append("nobody to wait for")):
        other.start()
        assert waits.wait(30)
        steps.append("first")
    other.join(30)
    assert steps == ["waiting", "first", "second"]


def test_whoever_does_not_wait_learns_whether_it_holds_the_lock(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with exclusion.if_free(file) as first, exclusion.if_free(file) as second:
        assert (first, second) == (True, False)
    with exclusion.if_free(file) as afterwards:
        assert afterwards
