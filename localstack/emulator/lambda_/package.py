"""A function version's files on disk: its code and its layers, unpacked once and shared by its environments."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localstack.services.lambda_.invocation.lambda_models import FunctionVersion


class UnsupportedFunctionError(Exception):
    """This executor cannot run the function; the message says why and becomes its StateReason."""


def prepare(version: "FunctionVersion") -> None:
    """Unpacks code and layers. Raises UnsupportedFunctionError for what is not a zip with a Python handler."""
    config = version.config
    if config.package_type != "Zip" or not (config.runtime or "").startswith("python"):
        raise UnsupportedFunctionError(
            f"functions run as processes here: only Python runtimes from a zip are supported, not {config.runtime or config.package_type}"
        )
    config.code.prepare_for_execution()
    if config.layers:
        _merge_layers(version)


def task_root(version: "FunctionVersion") -> Path:
    """Folder of the function's code."""
    return Path(version.config.code.get_unzipped_code_location())


def opt(version: "FunctionVersion") -> Path | None:
    """Folder of the merged layers; None without layers."""
    return _opt(version) if version.config.layers else None


def discard(version: "FunctionVersion") -> None:
    """Deletes the merged layers. LocalStack deletes code, and the layers themselves."""
    shutil.rmtree(_folder(version), ignore_errors=True)


def _opt(version: "FunctionVersion") -> Path:
    return _folder(version) / "opt"


def _folder(version: "FunctionVersion") -> Path:
    return Path(tempfile.gettempdir(), "lambda", "versions", version.config.internal_revision)


def _merge_layers(version: "FunctionVersion") -> None:
    target = _opt(version)
    for layer in version.config.layers:  # a later layer's file replaces an earlier one's, as AWS merges them
        layer.code.prepare_for_execution()
        shutil.copytree(layer.code.get_unzipped_code_location(), target, dirs_exist_ok=True, symlinks=True)
