"""What a function's answer says of its batch."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from emulator.event_source.batch_run import Failed, FailedFrom, Invocation, NotInvoked, Outcome, Succeeded


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from an invocation that took place."""

    invocation: Invocation
    payload: bytes


def interpret(answer: Answer | NotInvoked, sent: Collection[str], *, reports_item_failures: bool) -> Outcome:
    """The outcome for records with the sequence numbers `sent`.

    Partial batch responses count only where the mapping asks for them. An empty or null answer, or list, is a success; an
    item that is empty, null, misnamed or was not in the batch fails the whole batch ("Success and failure conditions").
    """
    if isinstance(answer, NotInvoked):
        return answer
    if answer.invocation.function_error is not None:
        return Failed(answer.invocation)
    if not reports_item_failures:
        return Succeeded()
    items = _failed_items(answer.payload)
    if items is None:
        return Failed(answer.invocation)
    if not items:
        return Succeeded()
    if not all(isinstance(item, str) and item in sent for item in items):
        return Failed(answer.invocation)
    return FailedFrom(min(map(int, items)), answer.invocation)


def _failed_items(payload: bytes) -> list[Any] | None:
    """Item identifiers as reported; None where the answer does not have the promised shape."""
    try:
        answer = json.loads(payload) if payload else None
    except ValueError:
        return None
    items = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not items:
        return []
    if not isinstance(items, list):
        return None
    return [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
