"""The watcher: keeps the stack file true, and puts LocalStack's contents back after it was restarted.

LocalStack forgets functions, queues and stacks when it ends. The watcher sees that the stacks are gone, deploys again, and has
the device registry restored from the database. It also answers a failed replication task by a full load, and warns of a full disk.
While anything does not answer there is no stack file. While a command works on the instance, the watcher leaves everything to it.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.cloudformation import DeploymentError
from launcher import aws, exclusion
from launcher.deploying import demo_devices, demo_users, stack_file
from launcher.deploying.deployment import api_upstream, deploy, known_outputs
from launcher.deploying.replication_task import Revival
from launcher.errors import LauncherError
from launcher.instance import Instance, lock_file, open_instance
from launcher.processes import disk, front_door, health
from launcher.processes.components import Component
from launcher.processes.programs import programs
from launcher.processes.supervisor import Supervisor

_PERIOD_SECONDS = 2.0
_SECOND_LOOK_SECONDS = 1.0
_PATIENCE = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
_LAST_STACK = "gonio-local-replication"


class Watcher:
    """One instance's watcher, with what it remembers from look to look."""

    def __init__(self, instance: Instance, wanted: Sequence[Component]) -> None:
        self._instance, self._wanted = instance, wanted
        self._supervisor = Supervisor(instance)
        self._cloudformation, self._dms = (aws.client(instance, service, _PATIENCE) for service in ("cloudformation", "dms"))
        self._room, self._revival = disk.Notices(instance.var, _say), Revival()

    def look(self) -> None:
        """One look. Raises LauncherError, DeploymentError and what AWS clients raise."""
        self._room.look()
        if self._is_down():
            self._instance.stack_file.unlink(missing_ok=True)
            return
        # Not waited for: the command that holds it may be about to end this process.
        with exclusion.if_free(lock_file(self._instance.var)) as ours:
            if ours:
                self._put_right()

    def _is_down(self) -> bool:
        """Whether something does not answer, twice in a row: one slow answer is no outage."""
        if not self._is_silent():
            return False
        time.sleep(_SECOND_LOOK_SECONDS)
        return self._is_silent()

    def _is_silent(self) -> bool:
        return any(health.silent(self._wanted, self._supervisor.processes()))

    def _put_right(self) -> None:
        if not self._is_deployed():
            self._instance.stack_file.unlink(missing_ok=True)
            _say("LocalStack came back empty: deploying again")
            deploy(self._instance, _say)
            demo_devices.restore(self._instance, _say)
            demo_users.ensure(self._instance, _say)
            front_door.point_at(self._instance, api_upstream(self._instance))
        outputs = known_outputs(self._instance)
        stack_file.write(self._instance, outputs, demo_devices.known(self._instance))
        self._revival.look(self._dms, outputs["ReplicationTaskArn"], _say)

    def _is_deployed(self) -> bool:
        try:
            stacks = self._cloudformation.describe_stacks(StackName=_LAST_STACK)["Stacks"]
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
    watcher = Watcher(instance, programs(instance))
    while True:
        try:
            watcher.look()
        except (LauncherError, DeploymentError, BotoCoreError, ClientError, OSError) as error:
            # What failed is tried again: the component may be on its way back, the disk may have room again.
            _say(f"{error}")
        time.sleep(_PERIOD_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
