"""Cannot be loaded."""

import no_such_package  # type: ignore[import-not-found]  # noqa: F401


def handler(event: object, context: object) -> None:
    """Never called."""
