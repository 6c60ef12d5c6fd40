"""Searches the read model for the sessions that changed last, again and again."""

from typing import Any

import urllib3

from launcher.errors import LauncherError
from launcher.measuring.sightings import Reader

_PERIOD_S = 0.1
_NEWEST = {
    "size": 20,
    "query": {"prefix": {"session_id": "f-"}},
    "sort": [{"last_value_at": "desc"}],
    "_source": ["session_id", "value_count"],
}
"""A search sees what a refresh has opened to it, unlike a read by document id, which also finds what no search does yet."""


class SearchReader(Reader):
    """Sessions of a fleet, in OpenSearch's answers."""

    def __init__(self, url: str) -> None:
        super().__init__("search", _PERIOD_S)
        self._url = f"{url}/gonio-sessions/_search"
        self._http = urllib3.PoolManager(timeout=5, retries=False)

    def begin(self) -> None:
        """Ask once. Raises LauncherError."""
        self.look()

    def look(self) -> dict[str, int]:
        """The newest sessions' counts. Raises LauncherError."""
        try:
            answer = self._http.request("POST", self._url, json=_NEWEST)
        except urllib3.exceptions.HTTPError as error:
            raise LauncherError(f"search: {self._url} does not answer: {error}") from error
        if answer.status != 200:
            raise LauncherError(f"search: {self._url} was answered with {answer.status}: {answer.data[:300]!r}")
        hits: list[dict[str, Any]] = answer.json()["hits"]["hits"]
        return {hit["_source"]["session_id"]: hit["_source"]["value_count"] for hit in hits}
