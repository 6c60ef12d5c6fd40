"""Endpoints, replication instances, subnet groups and tasks in the store, each a document in the API's spelling.

One transaction a request: what a request changed is durable before its answer, and a request that fails changes nothing.
"""

import json
import secrets
import sqlite3
import string
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from emulator.dms.errors import AlreadyExistsError, NotFoundError
from emulator.replication.store import Store

type Document = dict[str, Any]

ENDPOINT, INSTANCE, SUBNET_GROUP, TASK = "endpoint", "rep", "subgrp", "task"
"""Kinds, as ARNs name them."""

_TITLES = {ENDPOINT: "Endpoint", INSTANCE: "Replication Instance", SUBNET_GROUP: "Replication Subnet Group", TASK: "Replication Task"}
_ID_LETTERS = string.ascii_uppercase + string.digits
_ID_LENGTH = 26


class Registry:
    """The store as the requests of an account in a region see it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def session(self, account_id: str, region: str) -> Iterator["Session"]:
        """One request's view."""
        with self._store.writing() as connection:
            yield Session(connection, account_id, region)

    def close(self) -> None:
        """Close the file."""
        self._store.close()


class Session:
    """The resources of one account and region within one transaction."""

    def __init__(self, connection: sqlite3.Connection, account_id: str, region: str) -> None:
        self.connection = connection
        self.account_id = account_id
        self.region = region

    def add(self, kind: str, identifier: str, request: Document, document: Document) -> str:
        """Store a new resource, with the id and tags that the request may give it; its ARN. Raises AlreadyExistsError."""
        if self._row(kind, "identifier", identifier) is not None:
            raise AlreadyExistsError(f"{_TITLES[kind]} with identifier {identifier} already exists.")
        arn = f"arn:aws:dms:{self.region}:{self.account_id}:{kind}:{request.get('ResourceIdentifier') or _new_id()}"
        values = (arn, kind, self.account_id, self.region, identifier, time.time(), json.dumps(document))
        self.connection.execute("INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        self.tag(arn, request.get("Tags") or [])
        return arn

    def get(self, kind: str, arn: str) -> Document:
        """A resource by its ARN. Raises NotFoundError."""
        row = self._row(kind, "arn", arn)
        if row is None:
            raise NotFoundError(f"{_TITLES.get(kind, kind)} {arn} not found.")
        return json.loads(row["body"])  # type: ignore[no-any-return]

    def arn_of(self, kind: str, identifier: str) -> str:
        """The ARN of a resource by its identifier. Raises NotFoundError."""
        row = self._row(kind, "identifier", identifier)
        if row is None:
            raise NotFoundError(f"{_TITLES[kind]} {identifier} not found.")
        return str(row["arn"])

    def put(self, arn: str, document: Document) -> None:
        """Change a resource; its identifier stays."""
        self.connection.execute("UPDATE resources SET body = ? WHERE arn = ?", (json.dumps(document), arn))

    def remove(self, arn: str) -> None:
        """Forget a resource and its tags."""
        self.connection.execute("DELETE FROM resources WHERE arn = ?", (arn,))
        self.connection.execute("DELETE FROM tags WHERE arn = ?", (arn,))

    def tag(self, arn: str, tags: list[Document]) -> None:
        """Set tags, each a `Key` and a `Value`."""
        values = [(arn, tag["Key"], tag.get("Value", "")) for tag in tags]
        self.connection.executemany("INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", values)

    def untag(self, arn: str, keys: list[str]) -> None:
        """Remove tags."""
        self.connection.executemany("DELETE FROM tags WHERE arn = ? AND key = ?", [(arn, key) for key in keys])

    def tags(self, arn: str) -> list[Document]:
        """A resource's tags by key."""
        rows = self.connection.execute("SELECT key, value FROM tags WHERE arn = ? ORDER BY key", (arn,))
        return [{"Key": row["key"], "Value": row["value"]} for row in rows]

    def all(self, kind: str) -> list[tuple[str, float, Document]]:
        """ARN, creation time (epoch seconds) and document of each resource of a kind, by identifier."""
        query = "SELECT * FROM resources WHERE kind = ? AND account = ? AND region = ? ORDER BY identifier"
        rows = self.connection.execute(query, (kind, self.account_id, self.region))
        return [(row["arn"], row["created_at"], json.loads(row["body"])) for row in rows]

    def created_at(self, kind: str, identifier: str) -> float:
        """When a resource was made, in epoch seconds. Raises KeyError for an unknown one."""
        row = self._row(kind, "identifier", identifier)
        if row is None:
            raise KeyError(identifier)
        return float(row["created_at"])

    def _row(self, kind: str, column: str, value: str) -> sqlite3.Row | None:
        query = f"SELECT * FROM resources WHERE kind = ? AND account = ? AND region = ? AND {column} = ?"  # noqa: S608 - our own name
        return self.connection.execute(query, (kind, self.account_id, self.region, value)).fetchone()  # type: ignore[no-any-return]


def _new_id() -> str:
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
