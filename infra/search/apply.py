"""Applies the index templates: makes what is missing, adds what is new, refuses what an index cannot become.

A field's type and an analyzer cannot change under documents that stand, and a document's version never falls. So a change of
those, and a database whose binary log began anew, need a new version of each index, which a full load fills.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, OpenSearchException, RequestError

from infra.cloudformation import DeploymentError
from infra.search.client import connect

type Say = Callable[[str], None]

MAPPINGS = {
    "gonio-sessions": "sessions",
    "gonio-devices": "devices",
    "gonio-device-contacts": "device-contacts",
    "gonio-members": "members",
    "gonio-rollups-hour": "rollups",
    "gonio-rollups-day": "rollups",
}
"""Alias to the mapping of the documents behind it."""
FIRST_VERSION = 1
AUTO_CREATE = "-gonio-*,+*"
"""Which indices a write may make: never one of ours. A delete would, even where the write must go to an alias."""
_FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Template:
    """What the indices behind one alias are made of."""

    alias: str
    settings: Mapping[str, Any]
    mappings: Mapping[str, Any]

    def index(self, version: int) -> str:
        """The index of that version."""
        return f"{self.alias}-v{version}"


def templates(shards: int = 1, replicas: int = 0) -> list[Template]:
    """Every template, as this checkout declares it."""
    settings = _read("settings") | {"number_of_shards": shards, "number_of_replicas": replicas}
    return [Template(alias, settings, _read(f"mappings/{name}")) for alias, name in MAPPINGS.items()]


def apply_templates(endpoint: str, say: Say, *, shards: int = 1, replicas: int = 0, session: boto3.Session | None = None) -> None:
    """Brings the indices of the server at `endpoint` to their templates; a second run changes nothing.

    Raises DeploymentError when the server refuses or does not answer, or when an index needs a new version.
    """
    with _client(endpoint, session) as client:
        client.cluster.put_settings(body={"persistent": {"action.auto_create_index": AUTO_CREATE}})
        for template in templates(shards, replicas):
            _put_template(client, template)
            _apply(client, template, say)
    say(f"{len(MAPPINGS)} indices stand")


def renew_indices(endpoint: str, say: Say, *, shards: int = 1, replicas: int = 0, session: boto3.Session | None = None) -> None:
    """Puts a new, empty index behind every alias and deletes the ones before it, with their documents and versions.

    Raises DeploymentError when the server refuses or does not answer. Each alias moves in one step; a run that was killed may be
    repeated.
    """
    with _client(endpoint, session) as client:
        for template in templates(shards, replicas):
            _put_template(client, template)
            _renew(client, template, say)


@contextmanager
def _client(endpoint: str, session: boto3.Session | None) -> Iterator[OpenSearch]:
    client = connect(endpoint, session)
    try:
        yield client
    except OpenSearchException as error:
        raise DeploymentError(f"search: {endpoint} refused: {error}") from error
    finally:
        client.close()


def _put_template(client: OpenSearch, template: Template) -> None:
    body = {"index_patterns": [f"{template.alias}-v*"], "template": {"settings": template.settings, "mappings": template.mappings}}
    client.indices.put_index_template(name=template.alias, body=body)


def _apply(client: OpenSearch, template: Template, say: Say) -> None:
    indices = _indices_behind(client, template.alias)
    if not indices:
        _create(client, template, say)
    for index in indices:
        _update(client, index, template, say)


def _renew(client: OpenSearch, template: Template, say: Say) -> None:
    """The index after the newest that there is, also one that a killed run left without its alias."""
    old = {*_indices_behind(client, template.alias), *client.indices.get(index=f"{template.alias}-v*")}
    versions = [int(found[1]) for it in old if (found := re.fullmatch(r".*-v(\d+)", it))]
    new = template.index(max(versions, default=FIRST_VERSION - 1) + 1)
    client.indices.create(index=new)
    actions = [{"add": {"index": new, "alias": template.alias}}, *({"remove_index": {"index": it}} for it in sorted(old))]
    client.indices.update_aliases(body={"actions": actions})
    say(f"{template.alias} stands for {new}, which is empty")


def _indices_behind(client: OpenSearch, alias: str) -> list[str]:
    """The names of the indices that the alias stands for. Raises DeploymentError when an index has taken the alias's name."""
    try:
        indices = sorted(client.indices.get(index=alias))
    except NotFoundError:
        return []
    if alias in indices:
        raise DeploymentError(f"search: an index is called {alias}, which is to be an alias; move its documents and delete it")
    return indices


def _create(client: OpenSearch, template: Template, say: Say) -> None:
    """Makes the first index with its alias; settings and mappings come from the template."""
    index = template.index(FIRST_VERSION)
    if client.indices.exists(index=index):
        _update(client, index, template, say)
        client.indices.put_alias(index=index, name=template.alias)
        say(f"{template.alias} stands for {index} again")
        return
    client.indices.create(index=index, body={"aliases": {template.alias: {}}})
    say(f"made {index}")


def _update(client: OpenSearch, index: str, template: Template, say: Say) -> None:
    state = client.indices.get(index=index)[index]
    if state["settings"]["index"].get("analysis") != _as_told(template.settings["analysis"]):
        raise DeploymentError(f"search: {index} has other analyzers than its template; a new version of the index is needed")
    try:
        client.indices.put_mapping(index=index, body=template.mappings)
    except RequestError as error:
        reason = f"{index} cannot take its template's mapping ({_reason(error)})"
        raise DeploymentError(f"search: {reason}; a new version of the index is needed") from error
    if added := sorted(template.mappings["properties"].keys() - state["mappings"].get("properties", {}).keys()):
        say(f"{index} has new fields: {', '.join(added)}")
    changeable = {name: template.settings[name] for name in ("refresh_interval", "gc_deletes", "number_of_replicas")}
    client.indices.put_settings(index=index, body={"index": changeable})


def _as_told(setting: Any) -> Any:
    """A setting as the server tells it: every scalar a string."""
    if isinstance(setting, dict):
        return {name: _as_told(it) for name, it in setting.items()}
    if isinstance(setting, list):
        return [_as_told(it) for it in setting]
    return json.dumps(setting) if isinstance(setting, bool) else str(setting)


def _reason(error: RequestError) -> str:
    info = error.info
    return str(info["error"]["reason"]) if isinstance(info, dict) and isinstance(info.get("error"), dict) else str(error)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return content
