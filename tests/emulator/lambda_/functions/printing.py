"""Writes to standard output, standard error and the log."""

import logging
import sys

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def handler(event: object, context: object) -> None:
    print("to stdout")
    print("to stderr", file=sys.stderr)
    logger.info("to the log")
