"""Readers in threads: they look until they are ended, and come back after a failure."""

import itertools
import time
from collections.abc import Callable

import pytest

from launcher.errors import LauncherError
from launcher.measuring.sightings import Reader


class FakeReader(Reader):
    """Counts its looks; `is_broken` says which fail."""

    def __init__(self, is_broken: Callable[[int], bool]) -> None:
        super().__init__("fake", 0.001)
        self._is_broken = is_broken
        self._looks = itertools.count()

    def begin(self) -> None:
        """Nothing to make ready."""

    def look(self) -> dict[str, int]:
        """The number of this look."""
        number = next(self._looks)
        if self._is_broken(number):
            raise LauncherError(f"look {number} failed")
        return {"f-1-aa": number}


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_reader_goes_on_after_failures() -> None:
    with FakeReader(lambda number: number % 3 > 0) as reader:
        wait_for(lambda: len(reader.sightings()) >= 3)
    assert [it.value_count for it in reader.sightings()][:3] == [0, 3, 6]


def test_a_reader_that_fails_again_and_again_says_why() -> None:
    def has_given_up() -> bool:
        try:
            reader.sightings()
        except LauncherError:
            return True
        return False

    with FakeReader(lambda number: number > 0) as reader:
        wait_for(has_given_up)
        with pytest.raises(LauncherError, match="fake: it could not go on: look 5 failed"):
            reader.sightings()
