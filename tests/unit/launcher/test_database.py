"""The database's data folder: complete or not there, whatever became of an earlier start."""

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.errors import LauncherError
from launcher.instance import Instance
from launcher.processes import database

_BEGIN = """\
for argument in "$@"; do case $argument in --datadir=*) data=${argument#--datadir=} ;; esac; done
[ -e "$data" ] && exit 9
mkdir -p "$data/mysql"
"""
_FAILS = "echo 'ERROR: 1021  Disk is full'; echo 'The latest information is on a web page'; exit 1\n"
_IS_KILLED = "kill -KILL $$\n"
_SUCCEEDS = 'echo "$GONIO_INSTANCE" >"$data/complete"\n'


def _installer(monkeypatch: pytest.MonkeyPatch, instance: Instance, ending: str) -> None:
    """The server's installer, as far as this test needs one."""
    program = instance.folder("bin") / "mariadb-install-db"
    program.write_text(f"#!/bin/sh\n{_BEGIN}{ending}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


@pytest.mark.parametrize("ending", [_FAILS, _IS_KILLED])
def test_an_installation_that_ended_half_way_is_done_anew(monkeypatch: pytest.MonkeyPatch, instance: Instance, ending: str) -> None:
    _installer(monkeypatch, instance, ending)
    with pytest.raises(LauncherError, match=r"^mariadb: its data folder could not be made \(.+\); its log is .*/log/mariadb.log$"):
        database.prepare(instance)
    assert not (instance.var / "mariadb").exists()
    _installer(monkeypatch, instance, _SUCCEEDS)
    database.prepare(instance)
    assert sorted(path.name for path in (instance.var / "mariadb").iterdir()) == ["complete", "mysql"]


def test_the_installers_error_is_the_reason_and_not_its_advice(monkeypatch: pytest.MonkeyPatch, instance: Instance) -> None:
    _installer(monkeypatch, instance, _FAILS)
    with pytest.raises(LauncherError, match=r"\(ERROR: 1021  Disk is full\)"):
        database.prepare(instance)


def test_a_missing_installer_is_named(monkeypatch: pytest.MonkeyPatch, instance: Instance) -> None:
    monkeypatch.setenv("PATH", str(instance.folder("bin")))
    with pytest.raises(LauncherError, match=r"^mariadb: .*mariadb-install-db"):
        database.prepare(instance)


def test_the_installer_carries_the_instances_mark(monkeypatch: pytest.MonkeyPatch, instance: Instance) -> None:
    _installer(monkeypatch, instance, _SUCCEEDS)
    database.prepare(instance)
    assert Path(instance.var / "mariadb/complete").read_text().strip() == str(instance.var)


def test_a_data_folder_that_is_there_is_left_alone(monkeypatch: pytest.MonkeyPatch, instance: Instance) -> None:
    _installer(monkeypatch, instance, _FAILS)
    (instance.var / "mariadb/mysql").mkdir(parents=True)
    database.prepare(instance)
    assert not instance.log("mariadb").exists()


@pytest.fixture
def broken_server(instance: Instance) -> Iterator[None]:
    """A server that refuses everybody with a message of its own."""
    message = b"\xff\x10\x04Too many connections"
    packet = len(message).to_bytes(3, "little") + b"\0" + message

    class Refusal(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(packet)

    with socketserver.UnixStreamServer(str(database.socket_file(instance)), Refusal) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("broken_server")
def test_a_server_that_refuses_is_a_sentence_with_reason_and_log(instance: Instance) -> None:
    reason = r"\(.*Too many connections.*\)"
    with pytest.raises(LauncherError, match=rf"^mariadb: its owner could not be made {reason}; its log is .*/log/mariadb.log$"):
        database.ensure_owner(instance)
    assert not database.serves(instance)
