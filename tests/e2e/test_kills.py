"""SIGKILL of each part during a replay: afterwards every acknowledged value is stored, once, and the read model agrees."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.e2e.local_stack import LocalStack, kill, until
from tests.e2e.reconciling import assert_read_model_agrees
from tests.e2e.replaying import Replay, replay, wait_until_stored

DEVICES = ["north-tracker-1", "north-tracker-2", "south-tracker-1"]
SPEED = 6
"""Ten seconds or so of sending: long enough to kill something in its midst."""


def _performance(stack: LocalStack, folder: Path) -> Replay:
    return replay(stack, folder, DEVICES, "--recording", "m07_s02", "--duplicates", "0.05", "--disorder", "0.1", speed=SPEED)


def _acknowledged(played: Replay) -> int:
    journal = played.folder / "work/journal.jsonl"
    return journal.read_text().count("acknowledged") if journal.is_file() else 0


def _in_its_midst(played: Replay) -> subprocess.Popen[str]:
    process = played.begin()
    until(lambda: _acknowledged(played) >= 15, 60, "the replay to be in its midst")
    assert process.poll() is None, (played.folder / "output.log").read_text()
    return process


@pytest.mark.parametrize("component", ["gateway", "localstack", "mariadb", "mosquitto", "replication", "opensearch"])
def test_a_killed_component_loses_nothing_that_was_acknowledged(running: LocalStack, tmp_path: Path, component: str) -> None:
    performance = _performance(running, tmp_path)
    victim = running.process(component)
    process = _in_its_midst(performance)
    kill(victim)
    assert process.wait(240) == 0, (tmp_path / "output.log").read_text()
    running.wait_until_up()
    assert running.process(component).pid != victim.pid
    wait_until_stored(running, performance)
    assert_read_model_agrees(running)


def test_a_function_killed_in_a_transaction_loses_nothing(running: LocalStack, tmp_path: Path) -> None:
    performance = _performance(running, tmp_path)
    began_ms = int(time.time() * 1000)
    with running.database() as connection, connection.cursor() as cursor:
        cursor.execute("START TRANSACTION")
        # The row that serialises a device's writers: until it is free, a batch with messages of the device stands still.
        cursor.execute("SELECT device_id FROM device_contacts WHERE device_id = %s FOR UPDATE", DEVICES[0])
        assert cursor.fetchall()
        process = _in_its_midst(performance)
        until(lambda: _kill_workers(running) and _killed_while_busy(running, began_ms), 60, "a function killed with an event in hand")
    assert process.wait(240) == 0, (tmp_path / "output.log").read_text()
    wait_until_stored(running, performance)


def test_a_killed_device_goes_on_from_its_outbox(running: LocalStack, tmp_path: Path) -> None:
    performance = _performance(running, tmp_path)
    process = _in_its_midst(performance)
    process.kill()
    process.wait(10)
    performance.run()
    wait_until_stored(running, performance)


def test_after_localstack_was_killed_stack_and_devices_are_back(running: LocalStack, tmp_path: Path) -> None:
    before = running.content
    kill(running.process("localstack"))
    until(lambda: not running.file.is_file(), 30, "the stack file to go while LocalStack is away")
    running.wait_until_up()
    after = running.content
    assert {key: after[key] for key in ("streams", "rules", "devices")} == {key: before[key] for key in ("streams", "rules", "devices")}
    things = {thing["thingName"] for thing in running.client("iot").list_things()["things"]}
    assert things >= {device["device_id"] for device in after["devices"]}
    performance = replay(running, tmp_path, DEVICES, "--recording", "m01_s01")
    performance.run()
    wait_until_stored(running, performance)


def _kill_workers(stack: LocalStack) -> int:
    """Kills the functions' processes: what LocalStack has started that runs the Lambda runtime client. How many there were."""
    workers = [process for process in stack.process("localstack").children(recursive=True) if _is_worker(process)]
    for worker in workers:
        kill(worker)
    return len(workers)


def _is_worker(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "awslambdaric" in " ".join(process.cmdline())
    return False


def _killed_while_busy(stack: LocalStack, since_ms: int) -> bool:
    """Whether an invocation of `ingest` ended with its process: one that was idle ends without a word."""
    logged = stack.client("logs").filter_log_events(logGroupName="/aws/lambda/gonio-local-ingest", startTime=since_ms)
    return any("Runtime exited with error: signal: killed" in event["message"] for event in logged["events"])
