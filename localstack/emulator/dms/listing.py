"""Describe operations: filters and pages."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from emulator.dms.errors import InvalidParameterError, NotFoundError

type Item = dict[str, Any]
type Filter = Callable[[Item], Any]

_LARGEST_PAGE = 100


def listed(request: Mapping[str, Any], member: str, items: list[Item], filters: Mapping[str, Filter]) -> dict[str, Any]:
    """A page of the items that the request's filters let through. As on AWS, none at all is a ResourceNotFoundFault."""
    wanted = request.get("Filters") or []
    for one in wanted:
        if one["Name"] not in filters:
            raise InvalidParameterError(f"Filter name '{one['Name']}' is not one of {', '.join(sorted(filters))}.")
        items = [item for item in items if filters[one["Name"]](item) in one["Values"]]
    if wanted and not items:
        raise NotFoundError(f"No {member} found matching provided filters.")
    start = _start(request.get("Marker"))
    end = start + min(request.get("MaxRecords") or _LARGEST_PAGE, _LARGEST_PAGE)
    marker = {"Marker": base64.b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return {member: items[start:end], **marker}


def by(*members: str) -> Filter:
    """A filter on a member, or a member's member."""

    def value(item: Item) -> Any:
        found: Any = item
        for member in members:
            found = found.get(member, {})
        return found

    return value


def _start(marker: str | None) -> int:
    try:
        return int(base64.b64decode(marker).decode()) if marker else 0
    except ValueError as error:
        raise InvalidParameterError("Invalid Marker.") from error
