"""All programs of an instance, in the order in which they start."""

from launcher import components, front_door
from launcher.components import Component
from launcher.instance import Instance


def programs(instance: Instance) -> tuple[Component, ...]:
    """Every process that serves; `components.watcher` watches them. Raises LauncherError when one is not installed."""
    return (
        components.mariadb(instance),
        components.mosquitto(instance),
        components.localstack(instance),
        components.gateway(instance),
        components.replication(instance),
        components.opensearch(instance),
        Component("front-door", front_door.command(instance), {}, lambda: front_door.serves(instance)),
    )
