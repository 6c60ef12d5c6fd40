"""Malformed messages of a replay, as the quarantine holds them: each told by its device and its name in the payload."""

import base64
import json
from collections.abc import Collection
from typing import Any

from launcher.measuring.readings import MessageKey


class SetAside:
    """Looks into the bucket again and again, and reads each object once. Raises what the client raises."""

    def __init__(self, s3: Any, bucket: str, wanted: Collection[MessageKey], since_ms: int) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._wanted = wanted
        self._since_s = since_ms // 1000
        """S3 tells whole seconds."""
        self._read: set[str] = set()
        self._found: set[MessageKey] = set()

    def look(self) -> set[MessageKey]:
        """Those of the wanted ones that were set aside so far."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        entries = [entry for page in pages for entry in page.get("Contents", [])]
        for key in [entry["Key"] for entry in entries if entry["LastModified"].timestamp() >= self._since_s]:
            if key not in self._read:
                self._found |= self._held_by(key)
                self._read.add(key)
        return self._found

    def _held_by(self, key: str) -> set[MessageKey]:
        document = json.loads(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        payload, device = base64.b64decode(document["payload"]), document["stream"]["partition_key"]
        return {(owner, name) for owner, name in self._wanted if owner == device and name.encode() in payload}
