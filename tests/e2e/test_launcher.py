"""The launcher: its commands twice and at once, killed predecessors, what hangs or fails, nothing beyond loopback, no orphan."""

import os
import re
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.launching import launcher
from tests.e2e.local_stack import ROOT, LocalStack, until

OWN = ROOT / "var/test-launcher"


def _processes(var: Path) -> list[psutil.Process]:
    """Every living process of the instance: those that carry its mark, and theirs, since a function's environment is its own."""
    marked = [process for process in psutil.process_iter() if _is_marked(process, var)]
    return list({*marked, *(child for process in marked for child in _children(process))})


def _is_marked(process: psutil.Process, var: Path) -> bool:
    try:
        return process.environ().get("GONIO_INSTANCE") == str(var)
    except (psutil.Error, OSError):
        return False


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _processes_with_a_function(var: Path) -> list[psutil.Process]:
    """The instance's processes, once a function's is among them."""
    return until(lambda: found if any(map(_runs_a_function, found := _processes(var))) else [], 120, "a function's process")


def _runs_a_function(process: psutil.Process) -> bool:
    try:
        return "awslambdaric" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_until_gone(processes: list[psutil.Process]) -> None:
    until(lambda: not any(map(_lives, processes)), 60, f"the ends of {processes}")


def _listening(process: psutil.Process) -> list[Any]:
    try:
        return [it for it in process.net_connections("inet") if it.status == psutil.CONN_LISTEN]
    except psutil.Error:  # it has just ended
        return []


@pytest.fixture
def own() -> Iterator[Path]:
    """An instance that this test may break."""
    launcher("down", OWN)
    shutil.rmtree(OWN, ignore_errors=True)
    yield OWN
    launcher("down", OWN)
    assert _processes(OWN) == []


def test_everything_listens_on_loopback_only(running: LocalStack) -> None:
    listening = [it for process in _processes_with_a_function(running.file.parent) for it in _listening(process)]
    assert {it.laddr.port for it in listening} >= {running.content["iot"]["port"], running.content["mysql"]["port"]}
    assert {it.laddr.ip for it in listening} == {"127.0.0.1"}


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


def test_an_engine_that_hangs_takes_the_stack_file_away_and_status_names_it(running: LocalStack) -> None:
    halted = running.process("replication")
    halted.suspend()
    try:
        until(lambda: not running.file.is_file(), 60, "the stack file to go")
        told = launcher("status", running.file.parent)
    finally:
        halted.resume()
    assert told.returncode == 1
    assert re.search(r"^replication +DOES NOT ANSWER +running", told.stdout, re.MULTILINE), told.stdout
    running.wait_until_up()
    assert running.process("replication").pid == halted.pid


def test_status_names_a_task_that_does_not_replicate_and_a_failed_one_loads_again(running: LocalStack) -> None:
    dms = running.client("dms")
    (task,) = dms.describe_replication_tasks()["ReplicationTasks"]
    arn, loaded_at = task["ReplicationTaskArn"], task["ReplicationTaskStats"]["FreshStartDate"]
    dms.stop_replication_task(ReplicationTaskArn=arn)
    until(lambda: _task(dms)["Status"] == "stopped", 60, "the task to stop")
    told = launcher("status", running.file.parent)
    assert told.returncode == 1
    assert re.search(rf"^task +{task['ReplicationTaskIdentifier']} is stopped", told.stdout, re.MULTILINE), told.stdout
    lost = "gonio.000000:4"  # a log file that the database no longer has
    dms.start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType="resume-processing", CdcStartPosition=lost)
    until(lambda: _task(dms)["ReplicationTaskStats"]["FreshStartDate"] > loaded_at, 60, "the task to begin anew")
    until(lambda: _task(dms)["Status"] == "running", 60, "the task to run")
    assert launcher("status", running.file.parent).returncode == 0


def _task(dms: Any) -> dict[str, Any]:
    return dict(dms.describe_replication_tasks()["ReplicationTasks"][0])


@pytest.mark.parametrize("of_guard", [True, False], ids=["guard", "server"])
def test_a_killed_front_door_leaves_nothing_in_its_successors_way(running: LocalStack, of_guard: bool) -> None:
    guard = running.process("front-door")
    (server,) = guard.children()
    before = [guard, server, *server.children()]
    assert len(before) == 3
    (guard if of_guard else server).kill()
    _wait_until_gone(before)
    until(lambda: _front_door(running) not in {None, guard.pid}, 60, "its successor, with everything answering")


def _front_door(stack: LocalStack) -> int | None:
    try:
        return stack.process("front-door").pid
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def test_secrets_are_readable_by_their_owner_alone(running: LocalStack) -> None:
    var = running.file.parent
    files = [running.file, var / "passwords.json", var / "certificates/ca.key", var / "run/supervisord.conf", *var.glob("devices/*.key")]
    assert len(files) >= 5
    assert [str(file) for file in files if file.stat().st_mode & 0o077] == []


def test_status_and_down_of_a_stack_that_is_down(own: Path) -> None:
    assert "make up" in launcher("status", own).stdout
    assert launcher("down", own).returncode == 0
    assert launcher("down", own).returncode == 0


def test_two_starts_at_once_make_one_stack(own: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(launcher, ["up", "up"], [own, own])
    assert (one.returncode, other.returncode) == (0, 0), (one, other)
    said = one.stdout + other.stdout
    assert said.count("mariadb is ready after") == 1
    assert said.count("another command works on this instance") == 1
    before = _processes_with_a_function(own)
    assert launcher("down", own).returncode == 0
    assert not (own / "stack.json").exists()
    _wait_until_gone(before)


def test_a_busy_port_makes_way_and_a_killed_supervisor_leaves_no_orphan(own: Path, running: LocalStack) -> None:
    assert running.file.is_file()  # it holds the ports that this one would like
    first = launcher("up", own)
    assert first.returncode == 0, first.stdout + first.stderr
    assert re.search(r"mariadb: port \d+ is taken by another program, so \d+ it is", first.stdout)
    before = _processes_with_a_function(own)
    os.kill(int((own / "run/supervisord.pid").read_text()), signal.SIGKILL)
    second = launcher("up", own)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "that an earlier run had left" in second.stdout
    _wait_until_gone(before)
    assert (own / "stack.json").is_file()
