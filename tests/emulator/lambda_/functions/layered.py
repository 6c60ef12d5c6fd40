"""Imports from its layers."""

import os

import from_layer  # type: ignore[import-not-found]


def handler(event: object, context: object) -> dict[str, str]:
    return {"value": from_layer.VALUE, "path": os.environ["PATH"]}
