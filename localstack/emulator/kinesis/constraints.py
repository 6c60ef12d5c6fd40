"""Checks a request against the constraints that the API's own model declares: required, lengths, ranges, patterns, choices.

The messages have the form that AWS's front end gives them. Records are not checked here but in `records`, which has to be fast.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from localstack.aws.api.kinesis import ValidationException

_UNCHECKED = frozenset({"Records", "Data"})


def check(operation: OperationModel, request: Mapping[str, Any]) -> None:
    """ValidationException that names all violations."""
    if operation.input_shape is None:
        return
    violations = list(_structure(operation.input_shape, request, ""))
    if violations:
        plural = "errors" if len(violations) > 1 else "error"
        raise ValidationException(f"{len(violations)} validation {plural} detected: " + "; ".join(violations))


def _structure(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        inner = _path(path, name[:1].lower() + name[1:])
        given = value.get(name)
        if given is not None and name not in _UNCHECKED:
            yield from _any(member, given, inner)
        elif given is None and name in shape.required_members:
            yield _violation(None, inner, "Member must not be null")


def _any(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _length(shape, value, path)
        for index, item in enumerate(value, start=1):
            yield from _any(shape.member, item, _path(path, f"{index}.member"))
    elif isinstance(shape, MapShape):
        yield from _length(shape, value, path)
        for key, item in value.items():
            yield from _any(shape.key, key, _path(path, "key"))
            yield from _any(shape.value, item, _path(path, f"{key}.value"))
    elif shape.type_name == "string":
        yield from _string(shape, value, path)
    elif shape.type_name == "integer":
        yield from _range(shape, value, path)


def _string(shape: Shape, value: str, path: str) -> Iterator[str]:
    choices, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    if choices and value not in choices:
        yield _violation(value, path, f"Member must satisfy enum value set: [{', '.join(choices)}]")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield _violation(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    yield from _length(shape, value, path)


def _length(shape: Shape, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _violation(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _violation(value, path, f"Member must have length less than or equal to {most}")


def _range(shape: Shape, value: int, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _violation(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _violation(value, path, f"Member must have value less than or equal to {most}")


def _violation(value: object, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _path(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer else inner


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
