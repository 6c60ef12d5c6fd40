"""What serves: what is supervised, and answers."""

import os
import time

import pytest

from launcher.instance import Instance
from launcher.processes import components, health
from launcher.processes.components import Component


def _component(name: str, *, answers: bool = True) -> Component:
    return Component(name, ("true",), {}, lambda: answers)


def _process(name: str, state: str = "RUNNING") -> health.Process:
    return {"name": name, "statename": state, "pid": 7, "start": 1}


def _silent(wanted: list[Component], processes: list[health.Process]) -> list[str]:
    return [component.name for component in health.silent(wanted, processes)]


@pytest.mark.parametrize("state", ["FATAL", "BACKOFF", "STARTING", "STOPPED", "EXITED"])
def test_what_answers_without_running_is_silent(state: str) -> None:
    assert _silent([_component("gateway")], [_process("gateway", state)]) == ["gateway"]


def test_what_runs_without_answering_or_is_not_known_is_silent() -> None:
    wanted = [_component("mariadb"), _component("gateway", answers=False), _component("replication")]
    assert _silent(wanted, [_process("mariadb"), _process("gateway")]) == ["gateway", "replication"]


def test_a_component_on_its_way_back_is_waited_for() -> None:
    looks = iter([[_process("replication", "BACKOFF")], [_process("replication", "STARTING")], [_process("replication")]])
    assert health.first_silent([_component("replication")], lambda: next(looks), within_s=60) is None


def test_a_component_that_does_not_come_back_is_named() -> None:
    wanted = [_component("mariadb"), _component("replication")]
    found = health.first_silent(wanted, lambda: [_process("mariadb"), _process("replication", "FATAL")], within_s=0)
    assert found is wanted[1]


def test_the_replication_engine_answers_while_its_heart_beats(instance: Instance) -> None:
    engine = components.replication(instance)
    heartbeat = instance.folder("emulator") / "replication.heartbeat"
    assert not engine.is_ready()
    heartbeat.touch()
    assert engine.is_ready()
    long_ago = time.time() - 60
    os.utime(heartbeat, (long_ago, long_ago))
    assert not engine.is_ready()
