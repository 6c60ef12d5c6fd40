"""One line a component, with its health, and how far behind the pipeline is."""

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from launcher import aws
from launcher.deploying import replication_task
from launcher.deploying.deployment import known_outputs
from launcher.deploying.stack_file import relative
from launcher.instance import Instance
from launcher.measuring import figures
from launcher.processes import disk, health
from launcher.processes.components import Component, watcher
from launcher.processes.programs import programs
from launcher.processes.supervisor import Supervisor

_UNKNOWN: health.Process = {"statename": "UNKNOWN", "pid": 0, "start": 0}


@dataclass(frozen=True, slots=True)
class Line:
    """What people read, and whether it is as it should be."""

    text: str
    is_well: bool = True


def lines(instance: Instance) -> tuple[list[str], bool]:
    """The lines, and whether everything serves and changes are replicated."""
    processes = Supervisor(instance).processes()
    if not processes:
        return ["the local stack is down; start it with: make up"], False
    found = [
        *components([*programs(instance), watcher(instance)], processes, instance.log),
        _stack_file(instance),
        *task(aws.client(instance, "dms", aws.IMPATIENT), known_outputs(instance), instance.log("replication")),
        *room(instance.var),
    ]
    return [line.text for line in found] + figures.lines(instance), all(line.is_well for line in found)


def components(wanted: Iterable[Component], processes: Iterable[health.Process], log: Callable[[str], Path]) -> list[Line]:
    """A line for each component, in order."""
    by_name = {process["name"]: process for process in processes}
    return [_component(component, by_name.get(component.name, _UNKNOWN), log(component.name)) for component in wanted]


def task(dms: Any, outputs: Mapping[str, str], log: Path) -> list[Line]:
    """What is wrong with the replication task; nothing while it is under way, or while nobody can be asked."""
    try:
        found = replication_task.describe(dms, outputs["ReplicationTaskArn"]) if outputs else None
    except (BotoCoreError, ClientError):  # whoever does not answer has a line of its own
        return []
    return [] if found is None or found.is_under_way else [Line(f"{'task':<12} {found}; its log is {relative(log)}", is_well=False)]


def room(folder: Path, disk_usage: disk.DiskUsage = shutil.disk_usage) -> list[Line]:
    """That the disk has become too full, while everything may still answer."""
    return [Line(f"{'disk':<12} {short}")] if (short := disk.shortage(folder, disk_usage)) else []


def _stack_file(instance: Instance) -> Line:
    is_there = instance.stack_file.is_file()
    return Line(f"{'stack file':<12} {relative(instance.stack_file) if is_there else 'absent: not everything answers'}", is_there)


def _component(component: Component, process: health.Process, log: Path) -> Line:
    is_well = health.serves(component, process)
    answer, state = "answers" if is_well else "DOES NOT ANSWER", process["statename"].lower()
    text = f"{component.name:<12} {answer:<16} {state:<9} pid {process['pid'] or '-':<8} up {_uptime(process):<8} log {relative(log)}"
    return Line(text, is_well)


def _uptime(process: health.Process) -> str:
    if not process["start"] or not process["pid"]:
        return "-"
    return f"{int(time.time() - process['start'])} s"
