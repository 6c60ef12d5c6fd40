"""The read model's indices, as the deployment leaves them on a real server."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import opensearchpy
import pytest
from msgspec.structs import fields

from chalicelib.adapters import opensearch as adapter
from chalicelib.adapters.opensearch_index import OpenSearchDocumentIndex
from chalicelib.domain.errors import ConfigurationError
from chalicelib.domain.read_model import CONTACTS, DAY_ROLLUPS, DEVICES, HOUR_ROLLUPS, MEMBERS, SESSIONS, DocumentType
from chalicelib.projection.project import Project
from infra.cloudformation import DeploymentError
from infra.search import apply_templates, client
from infra.search.apply import MAPPINGS, templates
from infra.template import ROOT
from tests.changes import change_record, row
from tests.fakes.ingest import FakeClock, FakeQuarantine
from tests.opensearch import OpenSearch

AWS_ENDPOINT = "https://search-gonio-abc.eu-west-1.es.amazonaws.com"
MEMBER = {"tenant_id": "t-1", "member_id": "m-1", "named_at": "2026-11-24T07:00:00.000Z"}


@pytest.fixture
def bare(opensearch: OpenSearch) -> Iterator[OpenSearch]:
    """The server without anything of ours, before the test and after it."""
    opensearch.forget()
    yield opensearch
    opensearch.forget()


def _apply(server: OpenSearch, shards: int = 1, replicas: int = 0) -> list[str]:
    """What the command says while it applies the templates."""
    said: list[str] = []
    apply_templates(server.url, said.append, shards=shards, replicas=replicas)
    return said


def _make(server: OpenSearch, index: str, **changes: Any) -> None:
    """An index such as the template makes, but for the changes to settings or mappings."""
    template = next(it for it in templates() if index.startswith(it.alias + "-v"))
    server.client.indices.create(index=index, body={"settings": template.settings, "mappings": template.mappings} | changes)


def _properties(server: OpenSearch, index: str) -> dict[str, Any]:
    properties: dict[str, Any] = server.client.indices.get_mapping(index=index)[index]["mappings"]["properties"]
    return properties


def _renew(server: OpenSearch) -> list[str]:
    """What the command says while it replaces the indices; it must succeed."""
    command = [sys.executable, "-m", "infra.search", "--endpoint", server.url, "--renew"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [line.removeprefix("  search · ") for line in done.stdout.splitlines()]


def _behind_aliases(server: OpenSearch) -> dict[str, list[str]]:
    """Every index of ours with its aliases."""
    return {index: list(it["aliases"]) for index, it in server.client.indices.get_alias(index="gonio-*").items()}


def test_every_alias_gets_its_first_index(bare: OpenSearch) -> None:
    said = _apply(bare)
    assert _behind_aliases(bare) == {f"{alias}-v1": [alias] for alias in MAPPINGS}
    assert said == [*(f"made {alias}-v1" for alias in MAPPINGS), "6 indices stand"]


def test_a_second_run_changes_nothing_and_keeps_documents(bare: OpenSearch) -> None:
    _apply(bare)
    bare.client.index(index="gonio-members", id="t-1:m-1", body=MEMBER)
    before = bare.client.indices.get(index="gonio-*")

    assert _apply(bare) == ["6 indices stand"]

    assert bare.client.indices.get(index="gonio-*") == before
    assert bare.client.get(index="gonio-members", id="t-1:m-1")["_source"] == MEMBER


def test_versions_of_deleted_documents_are_kept_for_a_week(bare: OpenSearch) -> None:
    _apply(bare)
    settings = bare.client.indices.get_settings(index="gonio-sessions-v1")["gonio-sessions-v1"]["settings"]["index"]
    assert (settings["gc_deletes"], settings["refresh_interval"]) == ("7d", "500ms")


def test_shards_and_replicas_are_parameters(bare: OpenSearch) -> None:
    _apply(bare, shards=2, replicas=1)
    _apply(bare, shards=2, replicas=0)
    settings = bare.client.indices.get_settings(index="gonio-sessions-v1")["gonio-sessions-v1"]["settings"]["index"]
    assert (settings["number_of_shards"], settings["number_of_replicas"]) == ("2", "0")


def test_new_fields_are_added(bare: OpenSearch) -> None:
    _make(bare, "gonio-members-v1", mappings={"dynamic": "strict", "properties": {"tenant_id": {"type": "keyword"}}})

    said = _apply(bare)

    assert "gonio-members-v1 has new fields: member_id, named_at, search" in said
    assert "gonio-members stands for gonio-members-v1 again" in said
    assert _properties(bare, "gonio-members-v1").keys() == {"tenant_id", "member_id", "named_at", "search"}


def test_a_field_of_another_type_needs_a_new_version(bare: OpenSearch) -> None:
    _make(bare, "gonio-members-v1", mappings={"dynamic": "strict", "properties": {"member_id": {"type": "long"}}})
    with pytest.raises(DeploymentError, match=r"gonio-members-v1 cannot take .*\[member_id\].*a new version of the index is needed"):
        _apply(bare)


def test_other_analyzers_need_a_new_version(bare: OpenSearch) -> None:
    _make(bare, "gonio-members-v1", settings={}, mappings={})
    with pytest.raises(DeploymentError, match=r"gonio-members-v1 has other analyzers .* a new version of the index is needed"):
        _apply(bare)


def test_an_index_that_has_an_alias_s_name_is_refused(bare: OpenSearch) -> None:
    bare.client.indices.create(index="gonio-members")
    with pytest.raises(DeploymentError, match="an index is called gonio-members, which is to be an alias"):
        _apply(bare)


def test_an_alias_that_was_moved_to_a_new_version_stays_there(bare: OpenSearch) -> None:
    _make(bare, "gonio-members-v2", aliases={"gonio-members": {}})

    _apply(bare)

    assert list(bare.client.indices.get(index="gonio-members")) == ["gonio-members-v2"]
    assert not bare.client.indices.exists(index="gonio-members-v1")


def test_a_load_of_a_restored_database_fills_renewed_indices_and_nothing_else_is_shown(bare: OpenSearch) -> None:
    """The new database's log is younger than the old one's was, so its positions are lower."""
    _apply(bare)
    project = Project(OpenSearchDocumentIndex(bare.client), FakeQuarantine(), FakeClock())
    kept, gone = (row("members", member_id=it) for it in ("kept", "gone"))
    project.run([change_record("members", "insert", it, stream_position="gonio.000009.4.0") for it in (kept, gone)])
    load = change_record("members", "load", {**kept, "named_at_ms": 1_000}, stream_position="gonio.000001.4.0")
    assert project.run([load]).superseded == 1

    assert _renew(bare) == [f"{alias} stands for {alias}-v2, which is empty" for alias in MAPPINGS]

    assert project.run([load]).written == 1
    bare.client.indices.refresh(index="gonio-members")
    found = bare.client.search(index="gonio-members")["hits"]["hits"]
    assert [(it["_id"], it["_source"]["named_at"]) for it in found] == [("t-1:kept", "1970-01-01T00:00:01.000Z")]


def test_renewing_leaves_one_index_behind_every_alias_also_after_a_run_that_was_killed(bare: OpenSearch) -> None:
    _apply(bare)
    _make(bare, "gonio-members-v2")

    _renew(bare)

    versions = {alias: 3 if alias == "gonio-members" else 2 for alias in MAPPINGS}
    assert _behind_aliases(bare) == {f"{alias}-v{version}": [alias] for alias, version in versions.items()}


def test_renewed_indices_are_as_the_templates_say_whatever_stood_before(bare: OpenSearch) -> None:
    _make(bare, "gonio-members-v1", settings={}, mappings={"properties": {"member_id": {"type": "long"}}}, aliases={"gonio-members": {}})

    _renew(bare)

    assert _apply(bare) == ["6 indices stand"]
    assert _properties(bare, "gonio-members-v2")["member_id"]["type"] == "keyword"


def test_mappings_are_strict(bare: OpenSearch) -> None:
    _apply(bare)
    with pytest.raises(opensearchpy.RequestError, match="strict_dynamic_mapping_exception"):
        bare.client.index(index="gonio-members", id="1", body={**MEMBER, "certificate_pem": "secret"})


def test_no_write_makes_an_index_of_ours(bare: OpenSearch) -> None:
    _apply(bare)
    with pytest.raises(opensearchpy.NotFoundError):
        bare.client.index(index="gonio-nothing", id="1", body=MEMBER)


@pytest.mark.parametrize("kind", [SESSIONS, DEVICES, CONTACTS, MEMBERS, HOUR_ROLLUPS, DAY_ROLLUPS], ids=lambda it: it.alias)
def test_a_mapping_has_the_fields_of_its_documents_and_the_search_field(kind: DocumentType[Any]) -> None:
    properties = next(it for it in templates() if it.alias == kind.alias).mappings["properties"]
    has_search = any("copy_to" in it for it in properties.values())
    assert properties.keys() == {it.name for it in fields(kind.struct)} | ({"search"} if has_search else set())


def test_the_command_says_in_one_sentence_that_no_server_answers() -> None:
    command = [sys.executable, "-m", "infra.search", "--endpoint", "http://127.0.0.1:1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("search: http://127.0.0.1:1 refused: ")


@pytest.mark.parametrize("connect", [client.connect, adapter.connect], ids=["deployment", "functions"])
def test_requests_to_aws_are_signed(connect: Any) -> None:
    session = boto3.Session(aws_access_key_id="AKID", aws_secret_access_key="secret", region_name="eu-west-1")
    connection = connect(AWS_ENDPOINT, session=session).transport.get_connection()
    headers = connection.http_auth("GET", f"{AWS_ENDPOINT}/gonio-sessions/_search", b"{}")
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert "/eu-west-1/es/aws4_request" in headers["Authorization"]


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9200", "https://localhost:9200", "https://127.0.0.1:9200", "https://[::1]:9200"])
@pytest.mark.parametrize("connect", [client.connect, adapter.connect], ids=["deployment", "functions"])
def test_requests_to_this_machine_are_not_signed(connect: Any, endpoint: str) -> None:
    assert connect(endpoint).transport.get_connection().http_auth is None


@pytest.mark.parametrize(
    ("connect", "error"), [(client.connect, DeploymentError), (adapter.connect, ConfigurationError)], ids=["deployment", "functions"]
)
def test_signing_needs_credentials(connect: Any, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(error, match="credentials and a region"):
        connect(AWS_ENDPOINT, session=boto3.Session(region_name="eu-west-1"))
