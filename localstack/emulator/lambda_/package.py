"""A function version's files on disk: its code and its layers, unpacked once and shared by its environments."""

import contextlib
import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.settings import settings

if TYPE_CHECKING:
    from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, LayerVersion


class UnsupportedFunctionError(Exception):
    """This executor cannot run the function; the message says why and becomes its StateReason."""


def prepare(version: "FunctionVersion") -> None:
    """Unpacks code and layers. Raises UnsupportedFunctionError for what is not a zip with a Python handler, and without interpreter."""
    config = version.config
    if config.package_type != "Zip" or not (config.runtime or "").startswith("python"):
        raise UnsupportedFunctionError(
            f"functions run as processes here: only Python runtimes from a zip are supported, not {config.runtime or config.package_type}"
        )
    if not settings().lambda_python.exists():
        raise UnsupportedFunctionError(f"the functions' interpreter {settings().lambda_python} does not exist (EMULATOR_LAMBDA_PYTHON)")
    config.code.prepare_for_execution()
    if (target := opt(version)) and not target.exists():
        _merge_layers(config.layers, target)


def task_root(version: "FunctionVersion") -> Path:
    """Folder of the function's code."""
    return Path(version.config.code.get_unzipped_code_location())


def opt(version: "FunctionVersion") -> Path | None:
    """Folder of the merged layers; None without layers.

    Named after the layers' contents, so that versions and functions share it; it goes with the rest of the temporary folder.
    """
    if not version.config.layers:
        return None
    contents = "\n".join(layer.code.code_sha256 for layer in version.config.layers)
    return Path(tempfile.gettempdir(), "lambda", "opt", hashlib.sha256(contents.encode()).hexdigest())


def _merge_layers(layers: "list[LayerVersion]", target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        merged = Path(folder, "opt")
        for layer in layers:  # a later layer's file replaces an earlier one's, as AWS merges them
            layer.code.prepare_for_execution()
            shutil.copytree(layer.code.get_unzipped_code_location(), merged, dirs_exist_ok=True, symlinks=True)
        with contextlib.suppress(OSError):  # another version with the same layers was faster
            merged.rename(target)
