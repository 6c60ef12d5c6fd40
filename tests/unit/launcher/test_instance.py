"""An instance's ports and passwords: chosen once, and the same for all that open it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from launcher.errors import LauncherError
from launcher.instance import open_instance

_AT_ONCE, _ROUNDS = 8, 40


def test_all_that_open_a_new_instance_at_once_agree_on_its_passwords(tmp_path: Path) -> None:
    together = threading.Barrier(_AT_ONCE)

    def opened(place: int) -> list[frozenset[str]]:
        found = []
        for number in range(_ROUNDS):
            together.wait(30)
            found.append(frozenset(open_instance(tmp_path / str(number)).passwords.values()))
        return found

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        founds = list(pool.map(opened, range(_AT_ONCE)))
    assert founds == [founds[0]] * _AT_ONCE


def test_passwords_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    open_instance(tmp_path)
    assert (tmp_path / "passwords.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["ports.json", "passwords.json"])
def test_settings_that_cannot_be_read_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{")
    with pytest.raises(LauncherError, match=rf"^launcher: {tmp_path}/{name} cannot be read \(.*\); remove it and try again$"):
        open_instance(tmp_path)
