"""The engine's sign of life, by which a supervisor tells one that works from one that hangs."""

import threading
from pathlib import Path

from emulator.replication.engine import HEARTBEAT, Engine
from tests.emulator.replication.fakes import FakeEndpoints, FakeTarget
from tests.emulator.replication.laboratory import eventually


def _engine(folder: Path) -> Engine:
    return Engine(folder, FakeEndpoints(FakeTarget()), lambda _runs: None)


def test_an_engine_beats_while_it_runs_and_leaves_nothing_behind(tmp_path: Path) -> None:
    heartbeat, stopping = tmp_path / HEARTBEAT, threading.Event()
    running = threading.Thread(target=_engine(tmp_path).run, args=(stopping,))
    running.start()
    try:
        eventually(heartbeat.is_file, within_s=30)
        heartbeat.unlink()
        eventually(heartbeat.is_file, within_s=30)
    finally:
        stopping.set()
        running.join(30)
    assert not heartbeat.exists()


def test_a_killed_predecessors_heartbeat_is_not_an_engines_own(tmp_path: Path) -> None:
    (tmp_path / HEARTBEAT).touch()
    engine, stopping = _engine(tmp_path), threading.Event()
    is_there = (tmp_path / HEARTBEAT).exists()
    stopping.set()
    engine.run(stopping)
    assert not is_there
