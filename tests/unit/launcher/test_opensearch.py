"""Where OpenSearch finds a Java, and where an instance keeps its data."""

import stat
from pathlib import Path

import pytest

from launcher.processes import opensearch, opensearch_java


def _java(folder: Path, name: str, version: str, *, lacks_module: bool = False) -> Path:
    """A folder that looks like a Java of that version."""
    binary = folder / name / "bin/java"
    binary.parent.mkdir(parents=True)
    binary.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\nexit {int(lacks_module)}\n")
    binary.chmod(0o755)
    return folder / name


@pytest.mark.parametrize("version", ["21", "21.0.5", "25.0.1", "26-ea"])
def test_a_java_of_21_or_newer_serves(tmp_path: Path, version: str) -> None:
    home = _java(tmp_path, "some-jdk", version)
    assert opensearch_java.find({}, tmp_path) == home


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.2", "17.0.15", "20"])
def test_an_older_java_does_not(tmp_path: Path, version: str) -> None:
    _java(tmp_path, "some-jdk", version)
    assert opensearch_java.find({}, tmp_path) is None


def test_a_java_without_the_vector_module_does_not_serve(tmp_path: Path) -> None:
    _java(tmp_path, "java-25-slim", "25", lacks_module=True)
    home = _java(tmp_path, "java-21-openjdk-amd64", "21.0.5")
    assert opensearch_java.find({}, tmp_path) == home


def test_the_newest_that_is_installed_comes_first(tmp_path: Path) -> None:
    _java(tmp_path, "java-21-openjdk-amd64", "21.0.5")
    newest = _java(tmp_path, "temurin-25-jdk-amd64", "25.0.1")
    _java(tmp_path, "java-17-openjdk-amd64", "17.0.15")
    assert opensearch_java.find({}, tmp_path) == newest


def test_a_java_that_was_named_comes_before_what_is_installed(tmp_path: Path) -> None:
    _java(tmp_path / "jvm", "java-25", "25")
    named, other = _java(tmp_path, "named", "21"), _java(tmp_path, "other", "21")
    assert opensearch_java.find({"OPENSEARCH_JAVA_HOME": str(named), "JAVA_HOME": str(other)}, tmp_path / "jvm") == named
    assert opensearch_java.find({"OPENSEARCH_JAVA_HOME": "/nowhere", "JAVA_HOME": str(other)}, tmp_path / "jvm") == other


def test_an_instance_keeps_its_data_folder_and_a_new_one_at_the_same_path_begins_without(tmp_path: Path) -> None:
    var = tmp_path / "var"
    folder = opensearch.data_folder(var)
    try:
        (folder / "data/document").touch()
        assert (opensearch.data_folder(var), (folder / "data/document").exists()) == (folder, True)

        for path in sorted(var.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        assert list((opensearch.data_folder(var) / "data").iterdir()) == []
    finally:
        opensearch.remove_data(var)


def test_data_are_closed_to_others_and_gone_when_removed(tmp_path: Path) -> None:
    folder = opensearch.data_folder(tmp_path / "var")
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700

    opensearch.remove_data(tmp_path / "var")

    assert not folder.exists()


def test_two_instances_share_nothing(tmp_path: Path) -> None:
    one, other = (opensearch.data_folder(tmp_path / name) for name in ("one", "other"))
    for name in ("one", "other"):
        opensearch.remove_data(tmp_path / name)
    assert one != other
