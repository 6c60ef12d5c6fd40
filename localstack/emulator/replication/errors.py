"""What can go wrong while a task runs, and whether waiting helps."""


class ReplicationError(Exception):
    """A task cannot go on for now, or for good."""


class SourceUnavailableError(ReplicationError):
    """The database does not answer, or refuses us; it is asked again."""


class TargetUnavailableError(ReplicationError):
    """The stream takes nothing at the moment; it is tried again."""


class TaskFailedError(ReplicationError):
    """Waiting does not help: somebody has to do something about the task."""


class LogPurgedError(TaskFailedError):
    """The log no longer holds what follows the task's checkpoint. A full load (reload-target) answers it."""


class StoppedError(Exception):
    """The task is to stop; nothing is wrong."""
