"""All programs of an instance, in the order in which they start."""

from pathlib import Path

from launcher.instance import APP_PYTHON, Instance
from launcher.processes import components, front_door
from launcher.processes.components import Component

_GUARD = Path(__file__).with_name("guard.py")


def programs(instance: Instance) -> tuple[Component, ...]:
    """Every process that serves; `components.watcher` watches them. Raises LauncherError when one is not installed."""
    return (
        components.mariadb(instance),
        components.mosquitto(instance),
        components.localstack(instance),
        components.gateway(instance),
        components.replication(instance),
        components.opensearch(instance),
        _front_door(instance),
    )


def _front_door(instance: Instance) -> Component:
    command = (str(APP_PYTHON), "-I", str(_GUARD), *front_door.command(instance))
    return Component("front-door", command, {}, lambda: front_door.serves(instance))
