"""The launcher's commands: up, down, status, demo. `make` calls them; `--var` names another instance than the user's own.

Every failure is one sentence on standard error and status 1; an interruption is one and status 130.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher import demo, exclusion, last_resort, stack, status
from launcher.deploying import demo_devices, demo_users, stack_file
from launcher.deploying.deployment import api_upstream, deploy
from launcher.errors import LauncherError
from launcher.instance import ROOT, Instance, lock_file, open_instance
from launcher.processes import front_door
from launcher.processes.supervisor import Supervisor

_INTERRUPTED = 130


def up(var: Path) -> Instance:
    """Start, deploy, provision, and write the stack file. Raises LauncherError."""
    began = time.monotonic()
    with _turn(var, "up") as instance:
        stack.start(instance, _say("start"))
        outputs = deploy(instance, _say("deploy"))
        devices = demo_devices.ensure(instance, _say("devices"))
        demo_users.ensure(instance, _say("users"))
        front_door.point_at(instance, api_upstream(instance))
        stack.require_health(instance)
        stack_file.write(instance, outputs, devices)
        Supervisor(instance).restart_program("watcher")
    _say("up")(
        f"everything answers after {time.monotonic() - began:.0f} s; how to reach it is in {stack_file.relative(instance.stack_file)}"
    )
    return instance


def down(var: Path) -> None:
    """End every process. Raises LauncherError."""
    supervisor = Supervisor(open_instance(var))
    ran = supervisor.runs()
    supervisor.stop_program("watcher")  # it may be deploying, and hold the lock for long
    with _turn(var, "down") as instance:
        ended = stack.stop(instance)
    _say("down")("stopped" if ran or ended else "nothing was running")


@contextmanager
def _turn(var: Path, topic: str) -> Iterator[Instance]:
    """The instance, for this command alone; opened only then, because the command before may have moved its ports."""
    say = _say(topic)
    with exclusion.held(lock_file(var), lambda: say("another command works on this instance; waiting until it has ended")):
        yield open_instance(var)


def _say(topic: str) -> stack.Say:
    return lambda text: print(f"  {topic} · {text}", flush=True)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="launcher", description="Runs Gonio's local stack.")
    parser.add_argument("command", choices=("up", "down", "status", "demo"))
    parser.add_argument("--var", type=Path, default=ROOT / "var", help="folder of the instance")
    arguments = parser.parse_args()
    try:
        return _run(arguments.command, arguments.var)
    except LauncherError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            f"launcher: {arguments.command} was interrupted; what has started runs on: make up completes it, make down ends it",
            file=sys.stderr,
        )
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort: one sentence, whatever happened
        print(last_resort.sentence(error, arguments.var / "log/launcher.log"), file=sys.stderr)
        return 1


def _run(command: str, var: Path) -> int:
    if command == "status":
        lines, healthy = status.lines(open_instance(var))
        print("\n".join(lines))
        return 0 if healthy else 1
    if command == "down":
        down(var)
        return 0
    instance = up(var)
    if command == "demo":
        demo.run(instance, _say("demo"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
