"""What another program's failure means to people: which component, why, and where its log is."""

from collections.abc import Iterator
from contextlib import contextmanager

import pymysql
from botocore.exceptions import BotoCoreError, ClientError

from launcher.errors import LauncherError
from launcher.instance import Instance


@contextmanager
def explained(instance: Instance, component: str, what: str) -> Iterator[None]:
    """Turn what a client of that component raises into LauncherError; `what` says what could not be done."""
    try:
        yield
    except (pymysql.Error, BotoCoreError, ClientError) as error:
        # PyMySQL's errors are a number and a sentence.
        cause = error.args[-1] if error.args else type(error).__name__
        raise LauncherError(f"{component}: {what}: {cause}; its log is {instance.log(component)}") from error
