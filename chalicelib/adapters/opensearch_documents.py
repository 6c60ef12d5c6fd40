"""The port `DocumentStore` on OpenSearch's search, count and multi-get APIs."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from opensearchpy import OpenSearch
from opensearchpy.exceptions import OpenSearchException, RequestError

from chalicelib.domain.errors import RefusedError, UnavailableError
from chalicelib.domain.read_model import DocumentType
from chalicelib.domain.searches import AnyOf, Between, Condition, Hit, Missing, Search, Term

# A shard that does not answer must fail the search: a list that silently lacks its documents would be a wrong one.
_WHOLE = {"allow_partial_search_results": "false", "filter_path": "hits.hits._source,hits.hits.sort"}
_FOUND = {"filter_path": "docs._id,docs.found,docs._source,docs.error"}


class OpenSearchDocumentStore:
    """Documents behind aliases."""

    def __init__(self, client: OpenSearch) -> None:
        self._client = client

    def search[T: Struct](self, kind: DocumentType[T], wanted: Search, timeout_s: float) -> list[Hit[T]]:
        """See the port."""
        answer = _answer(self._client.search, index=kind.alias, body=_body(wanted), params=_WHOLE | {"request_timeout": timeout_s})
        hits = answer.get("hits", {}).get("hits", [])
        return [Hit(msgspec.convert(it["_source"], kind.struct), tuple(it["sort"])) for it in hits]

    def count(self, kind: DocumentType[Any], conditions: Sequence[Condition], timeout_s: float) -> int:
        """See the port."""
        body = {"query": {"bool": {"filter": [_query(it) for it in conditions]}}}
        answer = _answer(self._client.count, index=kind.alias, body=body, params={"request_timeout": timeout_s})
        if answer["_shards"]["failed"]:
            raise UnavailableError(f"OpenSearch could not count all of {kind.alias}")
        return int(answer["count"])

    def get[T: Struct](self, kind: DocumentType[T], document_id: str, timeout_s: float) -> T | None:
        """See the port."""
        return self.mget(kind, [document_id], timeout_s).get(document_id)

    def mget[T: Struct](self, kind: DocumentType[T], document_ids: Sequence[str], timeout_s: float) -> dict[str, T]:
        """See the port."""
        if not document_ids:
            return {}
        body = {"ids": list(document_ids)}
        answer = _answer(self._client.mget, index=kind.alias, body=body, params=_FOUND | {"request_timeout": timeout_s})
        if broken := [it["error"] for it in answer["docs"] if "error" in it]:
            raise UnavailableError(f"OpenSearch cannot read {kind.alias}: {broken[0]}")
        return {it["_id"]: msgspec.convert(it["_source"], kind.struct) for it in answer["docs"] if it["found"]}


def _answer(call: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = call(**arguments)
    except RequestError as error:
        raise RefusedError(f"OpenSearch refuses a query: {error}") from error
    except OpenSearchException as error:
        raise UnavailableError(f"OpenSearch does not answer a query: {error}") from error
    return answer


def _body(wanted: Search) -> dict[str, Any]:
    filters = [_query(it) for it in wanted.conditions]
    if wanted.words is not None:
        filters.append({"match": {"search": {"query": wanted.words, "operator": "and"}}})
    body: dict[str, Any] = {
        "size": wanted.limit,
        "track_total_hits": False,
        "query": {"bool": {"filter": filters}},
        "sort": [{it.field: {"order": "desc" if it.descending else "asc", "missing": "_last"}} for it in wanted.order],
    }
    return body if wanted.after is None else body | {"search_after": list(wanted.after)}


def _query(condition: Condition) -> dict[str, Any]:
    match condition:
        case Term():
            return {"terms": {condition.field: list(condition.values)}}
        case Between():
            bounds = {"gte": condition.start, "lt": condition.end}
            return {"range": {condition.field: {name: it for name, it in bounds.items() if it is not None}}}
        case Missing():
            return {"bool": {"must_not": {"exists": {"field": condition.field}}}}
        case AnyOf():
            choices = [{"bool": {"filter": [_query(it) for it in choice]}} for choice in condition.choices]
            return {"bool": {"should": choices, "minimum_should_match": 1}}
