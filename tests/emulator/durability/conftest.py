"""What the tests of this folder start from."""

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder without LocalStack."""
    return tmp_path / "data"
