"""What the launcher says when it cannot go on: one sentence with component, cause and log."""


class LauncherError(Exception):
    """The message is the sentence that the user reads."""
