"""What others wrote and the client brings along is what they published, with its licence."""

import hashlib
from pathlib import Path

from launcher.processes.front_door import WEB

_DIGESTS = {
    "uPlot.esm.js": "5dd9b3281aa64b461b42d9945f6adb2649d346502b12281a9ae0d46599a80eba",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}


def test_uplot_is_what_npm_publishes() -> None:
    folder = WEB / "vendor/uplot-1.6.32"
    assert {name: _digest(folder / name) for name in _DIGESTS} == _DIGESTS
    assert "MIT" in (folder / "LICENSE").read_text()


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
