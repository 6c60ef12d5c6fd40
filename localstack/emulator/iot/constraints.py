"""A request against AWS's own service model: required members, lengths, ranges, patterns and allowed values.

boto3 checks a part of this before it sends; other clients need not.
"""

import re
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from emulator.iot.errors import InvalidRequestError


def checked(shape: Shape | None, request: dict[str, Any]) -> dict[str, Any]:
    """The request with its members as the model types them. Raises InvalidRequestError, which names the first one that breaks it."""
    if not isinstance(shape, StructureShape):
        return request
    typed = {name: _typed(shape.members[name], value) for name, value in request.items()}
    _check(shape, typed, "")
    return typed


def _typed(shape: Shape, value: Any) -> Any:
    """LocalStack's parser leaves a truth value of the query string a string."""
    return value == "true" if shape.type_name == "boolean" and isinstance(value, str) else value


def _check(shape: Shape, value: Any, path: str) -> None:
    if isinstance(shape, StructureShape):
        _check_members(shape, value, path)
    elif isinstance(shape, ListShape):
        _check_size(shape, len(value), value, path)
        for index, item in enumerate(value):
            _check(shape.member, item, f"{path}.{index + 1}.member")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            _check(shape.key, key, path)
            _check(shape.value, item, f"{path}.{key}")
    elif isinstance(value, str):
        _check_text(shape, value, path)
    elif isinstance(value, int) and not isinstance(value, bool):
        _check_size(shape, value, value, path)


def _check_members(shape: StructureShape, value: dict[str, Any], path: str) -> None:
    for name in shape.required_members:
        if value.get(name) is None:
            raise _broken(None, f"{path}.{name}", "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            _check(member, value[name], f"{path}.{name}")


def _check_text(shape: Shape, value: str, path: str) -> None:
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        raise _broken(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    _check_size(shape, len(value), value, path)
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if pattern else None
    if compiled and not compiled.fullmatch(value):
        raise _broken(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _check_size(shape: Shape, size: int, value: Any, path: str) -> None:
    smallest, largest = shape.metadata.get("min"), shape.metadata.get("max")
    if smallest is not None and size < smallest:
        raise _broken(value, path, f"Member must have size or value greater than or equal to {smallest}")
    if largest is not None and size > largest:
        raise _broken(value, path, f"Member must have size or value less than or equal to {largest}")


def _broken(value: Any, path: str, rule: str) -> InvalidRequestError:
    return InvalidRequestError(f"1 validation error detected: Value '{value}' at '{path.lstrip('.')}' failed to satisfy constraint: {rule}")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The model's patterns are Java's; the few that Python cannot read are left unchecked."""
    try:
        return re.compile(pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w\s"))
    except re.error:
        return None
