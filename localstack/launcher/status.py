"""One line a component, with its health, and how far behind the pipeline is."""

import time

from launcher import figures, stack_file
from launcher.instance import Instance
from launcher.programs import programs
from launcher.supervisor import Supervisor


def lines(instance: Instance) -> tuple[list[str], bool]:
    """The lines, and whether everything answers."""
    processes = {p["name"]: p for p in Supervisor(instance).processes()}
    if not processes:
        return ["the local stack is down; start it with: make up"], False
    found, healthy = [], True
    for component in programs(instance):
        process = processes.get(component.name, {"statename": "UNKNOWN", "pid": 0, "start": 0})
        answers = component.is_ready()
        healthy = healthy and answers
        found.append(
            _line(component.name, process["statename"], process["pid"], _uptime(process), answers=answers) + _log(instance, component.name)
        )
    watcher = processes.get("watcher", {"statename": "UNKNOWN", "pid": 0, "start": 0})
    found.append(_line("watcher", watcher["statename"], watcher["pid"], _uptime(watcher), answers=watcher["statename"] == "RUNNING"))
    present = instance.stack_file.is_file()
    found.append(f"{'stack file':<12} {stack_file.relative(instance.stack_file) if present else 'absent: not everything answers'}")
    return [*found, *figures.lines(instance)], healthy and present


def _line(name: str, state: str, pid: int, uptime: str, *, answers: bool) -> str:
    return f"{name:<12} {'answers' if answers else 'DOES NOT ANSWER':<16} {state.lower():<9} pid {pid or '-':<8} up {uptime:<8}"


def _uptime(process: dict[str, object]) -> str:
    start = process["start"]
    if not isinstance(start, int) or not start or not process["pid"]:
        return "-"
    return f"{int(time.time() - start)} s"


def _log(instance: Instance, name: str) -> str:
    return f" log {stack_file.relative(instance.log(name))}"
