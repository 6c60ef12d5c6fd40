"""The demo: recordings through every device of the local stack, then a summary of what arrived and where to look."""

from launcher.instance import Instance
from launcher.stack import Say


def run(instance: Instance, say: Say) -> None:
    """Replay, wait until all is stored, and print the summary. Raises LauncherError."""
