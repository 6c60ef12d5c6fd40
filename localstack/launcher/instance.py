"""An instance of the local stack: its folder, its ports and its secrets. `var/` holds the user's, `var/test/` the tests' own."""

import hashlib
import json
import os
import secrets
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from launcher import exclusion
from launcher.errors import LauncherError

ROOT = Path(__file__).resolve().parent.parent.parent
EMULATOR_PYTHON = ROOT / "localstack/.venv/bin/python"
LAMBDA_PYTHON = ROOT / "localstack/.venv-lambda/bin/python"
APP_PYTHON = ROOT / ".venv/bin/python"

MARK = "GONIO_INSTANCE"
"""Environment variable of an instance's processes: its folder, by which what a killed launcher left behind is found."""

_PREFERRED_PORTS = {"localstack": 4566, "gateway": 8883, "mariadb": 3306, "opensearch": 9200, "front-door": 8443}
_PASSWORDS = ("owner", "users")
_SEARCHED_PORTS = 200


@dataclass(frozen=True, slots=True)
class Instance:
    """Where one local stack keeps everything."""

    var: Path
    ports: dict[str, int]
    passwords: dict[str, str]

    @property
    def sockets(self) -> Path:
        """Folder of Unix sockets: short, because their paths are limited to 107 bytes, and closed to others."""
        digest = hashlib.sha256(str(self.var).encode()).hexdigest()[:10]
        folder = Path(tempfile.gettempdir()) / f"gonio-{os.getuid()}-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise LauncherError(f"launcher: {folder} belongs to somebody else; remove it, or set TMPDIR to a folder of your own")
        return folder

    @property
    def stack_file(self) -> Path:
        """What outside parties read, while everything answers."""
        return self.var / "stack.json"

    def folder(self, name: str) -> Path:
        """A folder of this instance, made when absent."""
        path = self.var / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, component: str) -> Path:
        """A component's log."""
        return self.folder("log") / f"{component}.log"


def open_instance(var: Path) -> Instance:
    """The instance in that folder, with the ports and passwords that it had before, or new ones. Raises LauncherError."""
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    offset = 0 if var == ROOT / "var" else 10_000
    with exclusion.held(var / "settings.lock"):  # two that open a new one agree on its passwords
        ports = _remembered(var / "ports.json", {name: port + offset for name, port in _PREFERRED_PORTS.items()})
        passwords = _remembered(var / "passwords.json", {name: secrets.token_hex(16) for name in _PASSWORDS})
    return Instance(var, {k: int(v) for k, v in ports.items()}, {k: str(v) for k, v in passwords.items()})


def lock_file(var: Path) -> Path:
    """Held by the one launcher process that changes the instance in that folder: `up`, `down`, or the watcher while it deploys."""
    folder = var.resolve() / "run"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "launcher.lock"


def free_ports(instance: Instance) -> dict[str, tuple[int, int]]:
    """Move each port that somebody else holds to the next free one, and remember it. Returns {component: (old, new)} of those moved."""
    moved: dict[str, tuple[int, int]] = {}
    for name, port in instance.ports.items():
        if _is_free(port):
            continue
        taken = set(instance.ports.values())
        new = next((p for p in range(port + 1, port + _SEARCHED_PORTS) if p not in taken and _is_free(p)), None)
        if new is None:
            raise LauncherError(f"{name}: no free port from {port} to {port + _SEARCHED_PORTS}; free one and try again")
        moved[name] = (port, new)
        instance.ports[name] = new
    _write(instance.var / "ports.json", instance.ports)
    return moved


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _remembered[T: (int, str)](path: Path, fresh: dict[str, T]) -> dict[str, T]:
    try:
        known: dict[str, T] = json.loads(path.read_text()) if path.is_file() else {}
    except ValueError as error:
        raise LauncherError(f"launcher: {path} cannot be read ({error}); remove it and try again") from error
    merged = {**fresh, **known}
    if merged != known:
        _write(path, merged)
    return merged


def _write(path: Path, content: object) -> None:
    """Atomically, readable by the owner alone."""
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, indent=1))
    draft.replace(path)
