"""The port `DocumentIndex` in memory, with OpenSearch's external versions and strict mappings."""

import json
from collections.abc import Sequence
from typing import Any

from chalicelib.domain.errors import GonioError
from chalicelib.projection.index import DocumentKey, Operation, Outcome, Result
from infra.search.apply import templates


class FakeDocumentIndex:
    """Documents and versions. Raises `error` while it is set, has no time for `busy` documents, and refuses some versions for ever."""

    def __init__(self) -> None:
        self.documents: dict[DocumentKey, Any] = {}
        self.error: GonioError | None = None
        self.busy: set[DocumentKey] = set()
        self.refused_versions: set[int] = set()
        self.operations: list[Operation] = []
        """All that it was ever asked to do, in order."""
        self._versions: dict[DocumentKey, int] = {}
        self._fields = {it.alias: set(it.mappings["properties"]) for it in templates()}

    def bulk(self, operations: Sequence[Operation]) -> list[Outcome]:
        """See the port."""
        if self.error is not None:
            raise self.error
        self.operations += operations
        return [self._one(operation) for operation in operations]

    def _one(self, operation: Operation) -> Outcome:
        key = operation.key
        if key.alias not in self._fields or key in self.busy:
            return Outcome(Result.UNAVAILABLE, "not now")
        document = None if operation.document is None else json.loads(operation.document)
        has_unknown_fields = document is not None and bool(document.keys() - self._fields[key.alias])
        if has_unknown_fields or operation.version in self.refused_versions:
            return Outcome(Result.REFUSED, "the mapping is strict")
        if operation.version < self._versions.get(key, -1) + (not operation.is_load):
            return Outcome(Result.SUPERSEDED)
        self._versions[key] = operation.version
        self.documents[key] = document
        if document is None:
            del self.documents[key]
        return Outcome(Result.DONE)
