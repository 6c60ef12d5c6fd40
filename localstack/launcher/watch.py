"""The watcher: keeps the stack file true, and puts LocalStack's contents back after it was restarted.

LocalStack forgets functions, queues and stacks when it ends. The watcher sees that the stacks are gone, deploys again, and has
the device registry restored from the database. While anything does not answer there is no stack file.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from launcher import aws, demo_devices, demo_users, front_door, stack, stack_file
from launcher.components import Component
from launcher.deployment import api_upstream, deploy, known_outputs
from launcher.errors import LauncherError
from launcher.instance import Instance, open_instance
from launcher.programs import programs

_PERIOD_SECONDS = 2.0
_LAST_STACK = "gonio-local-replication"


def watch_once(instance: Instance, wanted: Sequence[Component]) -> None:
    """One look: deploy again when LocalStack came back empty, then write or remove the stack file."""
    if not stack.is_healthy(wanted):
        instance.stack_file.unlink(missing_ok=True)
        return
    if not _is_deployed(instance):
        instance.stack_file.unlink(missing_ok=True)
        _say("LocalStack came back empty: deploying again")
        deploy(instance, _say)
        demo_devices.restore(instance, _say)
        demo_users.ensure(instance, _say)
        front_door.point_at(instance, api_upstream(instance))
    stack_file.write(instance, known_outputs(instance), demo_devices.known(instance))


def _is_deployed(instance: Instance) -> bool:
    try:
        stacks = aws.client(instance, "cloudformation").describe_stacks(StackName=_LAST_STACK)["Stacks"]
    except ClientError:
        return False
    return bool(stacks and stacks[0].get("Outputs"))


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def main() -> int:
    """Watch until ended."""
    parser = argparse.ArgumentParser(prog="launcher.watch")
    parser.add_argument("--var", type=Path, required=True)
    instance = open_instance(parser.parse_args().var)
    wanted = programs(instance)
    while True:
        try:
            watch_once(instance, wanted)
        except (LauncherError, BotoCoreError) as error:
            # What failed is tried again: the component may be on its way back.
            _say(f"{error}")
        time.sleep(_PERIOD_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
