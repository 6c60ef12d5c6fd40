"""The launcher: its commands twice, killed predecessors, nothing beyond loopback, no orphan."""

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.launching import launcher
from tests.e2e.local_stack import ROOT, LocalStack, until

OWN = ROOT / "var/test-launcher"


def _processes(var: Path) -> list[psutil.Process]:
    """Every living process that carries the instance's mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("GONIO_INSTANCE") == str(var):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.fixture
def own() -> Iterator[Path]:
    """An instance that this test may break."""
    launcher("down", OWN)
    shutil.rmtree(OWN, ignore_errors=True)
    yield OWN
    launcher("down", OWN)
    assert _processes(OWN) == []


def test_everything_listens_on_loopback_only(running: LocalStack) -> None:
    listening = [c for p in _processes(running.file.parent) for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert {c.laddr.port for c in listening} >= {running.content["iot"]["port"], running.content["mysql"]["port"]}
    assert {c.laddr.ip for c in listening} == {"127.0.0.1"}


def test_up_again_changes_nothing(running: LocalStack) -> None:
    before = {p["name"]: p["pid"] for p in running.content["processes"] if p["name"] != "watcher"}
    again = launcher("up", running.file.parent)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("nothing to change") == 6
    assert {p["name"]: p["pid"] for p in running.content["processes"] if p["name"] != "watcher"} == before


def test_status_tells_each_component(running: LocalStack) -> None:
    done = launcher("status", running.file.parent)
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()][:8] == [
        *("mariadb", "mosquitto", "localstack", "gateway", "replication", "opensearch", "front-door", "watcher")
    ]
    assert done.stdout.count(" answers ") >= 8


def test_secrets_are_readable_by_their_owner_alone(running: LocalStack) -> None:
    var = running.file.parent
    files = [running.file, var / "passwords.json", var / "certificates/ca.key", var / "run/supervisord.conf", *var.glob("devices/*.key")]
    assert len(files) >= 5
    assert [str(file) for file in files if file.stat().st_mode & 0o077] == []


def test_status_and_down_of_a_stack_that_is_down(own: Path) -> None:
    assert "make up" in launcher("status", own).stdout
    assert launcher("down", own).returncode == 0
    assert launcher("down", own).returncode == 0


def test_a_busy_port_makes_way_and_a_killed_supervisor_leaves_no_orphan(own: Path, running: LocalStack) -> None:
    assert running.file.is_file()  # it holds the ports that this one would like
    first = launcher("up", own)
    assert first.returncode == 0, first.stdout + first.stderr
    assert re.search(r"mariadb: port \d+ is taken by another program, so \d+ it is", first.stdout)
    supervisor = int((own / "run/supervisord.pid").read_text())
    old = {p.pid for p in _processes(own)}
    os.kill(supervisor, signal.SIGKILL)
    second = launcher("up", own)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "that an earlier run had left" in second.stdout
    until(lambda: not old & {p.pid for p in _processes(own)}, 20, "the old processes to be gone")
    assert (own / "stack.json").is_file()
    assert launcher("down", own).returncode == 0
    assert not (own / "stack.json").exists()
    assert _processes(own) == []
