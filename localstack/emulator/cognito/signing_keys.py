"""The keys that sign this installation's tokens: made on the spot, kept in a file that only its owner reads.

A key signs for 90 days. Rotated out, its public half stays published for a day, the longest that an ID or access token can live.
"""

import json
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import KeySet, RSAKey

DAY_S = 86_400.0
KEY_LIFE_S = 90 * DAY_S
PUBLISHED_AFTER_S = DAY_S
KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key in the file. One that was rotated out has lost its private half."""

    jwk: dict[str, Any]
    made_at: float
    retired_at: float | None = None


class SigningKeys:
    """The key file of one installation. Key ids are RFC 7638 thumbprints."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._entries = [_Entry(**entry) for entry in json.loads(path.read_text())] if path.exists() else []
        self._signing: RSAKey | None = None
        """The private key once it was read: reading one checks its primes, which takes longer than signing."""

    def current(self) -> RSAKey:
        """The private key that signs now; a new one when there is none or its time is over."""
        with self._lock:
            if not self._entries or self._clock() >= self._entries[0].made_at + KEY_LIFE_S:
                self._rotate()
            if self._signing is None:
                self._signing = RSAKey.import_key(self._entries[0].jwk)
            return self._signing

    def published(self) -> KeySet:
        """The public keys that a verifier may still need, the signing one first."""
        self.current()
        with self._lock:
            return KeySet([RSAKey.import_key(_public(entry.jwk)) for entry in self._entries if not self._forgotten(entry)])

    def _rotate(self) -> None:
        now = self._clock()
        key = RSAKey.generate_key(KEY_BITS)
        made = {**key.as_dict(private=True), "kid": key.thumbprint(), "alg": "RS256", "use": "sig"}
        retired = [
            _Entry(_public(entry.jwk), entry.made_at, entry.retired_at or now) for entry in self._entries if not self._forgotten(entry)
        ]
        self._entries, self._signing = [_Entry(made, now), *retired], None
        self._save()

    def _forgotten(self, entry: _Entry) -> bool:
        return entry.retired_at is not None and self._clock() >= entry.retired_at + PUBLISHED_AFTER_S

    def _save(self) -> None:
        """Written beside and renamed: a kill leaves the old file or the new one."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        beside.touch(mode=0o600, exist_ok=False)
        with beside.open("w") as file:
            json.dump([asdict(entry) for entry in self._entries], file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)


def _public(jwk: dict[str, Any]) -> dict[str, Any]:
    return {name: jwk[name] for name in ("kty", "n", "e", "kid", "alg", "use")}
