"""Room on the disk: enough, short, and said once."""

from collections import namedtuple
from pathlib import Path

import pytest

from launcher.instance import Instance
from launcher.processes import disk
from launcher.status import room

Usage = namedtuple("Usage", "free")
FOLDER = Path("/srv/gonio/var")


def test_with_enough_room_there_is_nothing_to_say() -> None:
    assert disk.shortage(FOLDER, lambda _: Usage(disk.NEEDED_BYTES)) is None
    assert room(FOLDER, lambda _: Usage(disk.NEEDED_BYTES)) == []


@pytest.mark.parametrize(("free", "told"), [(disk.NEEDED_BYTES - 1, "1000 MB free"), (212_000_000, "212 MB free"), (0, "0 MB free")])
def test_a_shortage_names_folder_room_and_need(free: int, told: str) -> None:
    sentence = f"/srv/gonio/var has {told} and the stack needs 1000; make room"
    assert disk.shortage(FOLDER, lambda _: Usage(free)) == sentence
    (line,) = room(FOLDER, lambda _: Usage(free))
    assert line.text == f"disk         {sentence}"


def test_the_disk_that_is_asked_is_the_folders(tmp_path: Path) -> None:
    asked: list[Path] = []

    def usage(folder: Path) -> Usage:
        asked.append(folder)
        return Usage(0)

    disk.shortage(tmp_path, usage)
    assert asked == [tmp_path]


def test_a_shortage_is_noticed_once_until_there_was_room_again(instance: Instance) -> None:
    free, said = iter([10**12, 5, 4, 10**12, 3]), list[str]()
    notices = disk.Notices(instance.var, said.append, lambda _: Usage(next(free)))
    for _ in range(5):
        notices.look()
    assert said == [f"disk: {instance.var} has 0 MB free and the stack needs 1000; make room"] * 2
