"""The port `DocumentIndex` on OpenSearch's bulk API."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from opensearchpy import OpenSearch
from opensearchpy.exceptions import OpenSearchException

from chalicelib.domain.errors import UnavailableError
from chalicelib.projection.index import Operation, Outcome, Result

# An alias that is missing must not become an index of that name; and of the answer only what is read here.
_PARAMETERS = {"require_alias": "true", "filter_path": "items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by"}
_DONE = Outcome(Result.DONE)
_SUPERSEDED = Outcome(Result.SUPERSEDED)
_encoder = msgspec.json.Encoder()


class OpenSearchDocumentIndex:
    """Documents behind aliases."""

    def __init__(self, client: OpenSearch) -> None:
        self._client = client

    def bulk(self, operations: Sequence[Operation]) -> list[Outcome]:
        """See the port."""
        if not operations:
            return []
        body = b"\n".join(line for operation in operations for line in _lines(operation))
        try:
            answer = self._client.bulk(body=body, params=_PARAMETERS)
        except OpenSearchException as error:
            raise UnavailableError(f"OpenSearch does not take the documents: {error}") from error
        return [_outcome(item) for item in answer["items"]]


def _lines(operation: Operation) -> Iterator[bytes]:
    action = {
        "_index": operation.key.alias,
        "_id": operation.key.document_id,
        "version": operation.version,
        "version_type": "external_gte" if operation.is_load else "external",
    }
    if operation.document is None:
        yield _encoder.encode({"delete": action})
    else:
        yield _encoder.encode({"index": action})
        yield operation.document


def _outcome(item: dict[str, Any]) -> Outcome:
    """One item's outcome by its status.

    404 with no error is a delete of a document that was not there, whose version the index remembers all the same. Only 400
    is the document's own fault: a missing alias, a block, or a lack of rights can be mended.
    """
    (answer,) = item.values()
    status, error = answer["status"], answer.get("error")
    if error is None:
        return _DONE
    if status == 409:
        return _SUPERSEDED
    return Outcome(Result.REFUSED if status == 400 else Result.UNAVAILABLE, _detail(error))


def _detail(error: dict[str, Any]) -> str:
    cause = error.get("caused_by", {})
    texts = (f"{it['type']}: {it.get('reason', '')}" for it in (error, cause) if "type" in it)
    return "; ".join(texts)[:1000]
