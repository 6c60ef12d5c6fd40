"""The archive that Lambda gets: complete under AWS's runtime, which has boto3 and nothing of our development tools."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from infra.package import packaged_archive
from infra.template import ROOT

RUNTIME = ROOT / "localstack/.venv-lambda/bin/python"


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    _, archive = packaged_archive(folder)
    with zipfile.ZipFile(archive) as content:
        content.extractall(folder / "code")
    return folder / "code"


def test_the_functions_import_under_the_lambda_runtime(code: Path) -> None:
    command = [str(RUNTIME), "-c", "import app; assert callable(app.ingest) and callable(app.devices)"]
    done = subprocess.run(command, cwd=code, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_the_application_and_its_packages_ship(code: Path) -> None:
    ours = {path.name for path in code.iterdir()} & {path.name for path in ROOT.iterdir()}
    assert ours == {"app.py", "chalicelib"}
