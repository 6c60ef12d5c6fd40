"""The stack file's content, for the launcher's own commands."""

import json
from typing import Any

from launcher.errors import LauncherError
from launcher.instance import Instance


def read(instance: Instance) -> dict[str, Any]:
    """What it says now. Raises LauncherError while there is none, since something does not answer then."""
    try:
        return dict(json.loads(instance.stack_file.read_text()))
    except FileNotFoundError as error:
        raise LauncherError(f"stack file: {instance.stack_file} is not there, so something does not answer; see make status") from error
