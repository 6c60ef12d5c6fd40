"""The local stack's OpenSearch server: where it is installed, who runs it, its settings, its command.

OpenSearch refuses to run as root, so a launcher that is root hands it to the system user `gonio`; anybody else runs it as
himself. That user must reach the program and the data, and a clone may lie in a folder that only root can enter: then the
data lie under `/var/lib/gonio`, in a folder that belongs to this instance alone.

Printing the program's folder, for the installer: `python -m launcher.processes.opensearch`.
"""

import hashlib
import os
import pwd
import shutil
import stat
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LauncherError
from launcher.processes import opensearch_java

VERSION = "3.8.0"
USER = "gonio"
SHARED = Path("/var/lib/gonio")
HEAP_MB = 512

_SETTINGS = """\
cluster.name: gonio
node.name: gonio-1
path.data: {folder}/data
path.logs: {folder}/log
http.host: 127.0.0.1
http.port: {port}
# One node that looks for no other; its own port for other nodes is never used, so any free one does.
discovery.type: single-node
transport.host: 127.0.0.1
transport.port: 0
# A developer's disk is often fuller than a production cluster would stand; the launcher checks for room itself.
cluster.routing.allocation.disk.threshold_enabled: false
"""
_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""

# One small node on a busy machine: start quickly, take memory only when it is used. A production node wants the opposite.
_JAVA_OPTIONS = """\
-XX:+UseSerialGC
-XX:TieredStopAtLevel=1
-XX:-AlwaysPreTouch
-Djava.net.preferIPv4Stack=true
"""


@dataclass(frozen=True, slots=True)
class Server:
    """One server: its folder (`config`, `data`, `log`, `tmp`), its port, and how to run it."""

    folder: Path
    port: int
    command: tuple[str, ...]
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


def prepare(var: Path, port: int, heap_mb: int = HEAP_MB) -> Server:
    """Makes the server's folders where there are none, writes its settings, and says how to run it. Raises LauncherError."""
    program, java = program_folder(), opensearch_java.find(os.environ)
    if java is None:
        raise LauncherError("opensearch: it needs a Java of version 21 or newer; install one, or name it in OPENSEARCH_JAVA_HOME")
    if not (program / ".installed").is_file():
        raise LauncherError(f"opensearch: it is not installed in {program}; run localstack/launcher/install_opensearch.sh")
    folder = data_folder(var)
    _write_settings(program, folder, port)
    environment = {
        "OPENSEARCH_JAVA_HOME": str(java),
        "OPENSEARCH_PATH_CONF": str(folder / "config"),
        "OPENSEARCH_TMPDIR": str(folder / "tmp"),
        "OPENSEARCH_JAVA_OPTS": f"-Xms{heap_mb}m -Xmx{heap_mb}m",
    }
    return Server(folder, port, (*_as_user(), str(program / "bin/opensearch")), environment)


def answers(url: str) -> bool:
    """Whether the server answers and its indices can be read and written."""
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=3) as answer:  # noqa: S310 (loopback)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def program_folder() -> Path:
    """Where the server is or will be installed: for all when root installs it, else for the user alone."""
    shared = SHARED / f"opensearch-{VERSION}"
    if os.getuid() == 0 or (shared / ".installed").is_file():
        return shared
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / f"gonio/opensearch-{VERSION}"


def data_folder(var: Path) -> Path:
    """The folder with this instance's data, made when absent, and the server user's own."""
    inside = var.resolve() / "opensearch"
    inside.mkdir(parents=True, exist_ok=True)
    folder = inside if _is_reachable(inside) else _outside(inside)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    for part in (folder, *(folder / name for name in ("config", "data", "log", "tmp"))):
        part.mkdir(mode=0o700, exist_ok=True)
        _hand_over(part)
    return folder


def remove_data(var: Path) -> None:
    """Removes what the instance's server has kept, wherever that lies."""
    inside = var.resolve() / "opensearch"
    for folder in (_outside_folder(inside), inside):
        if folder.is_dir():
            shutil.rmtree(folder)


def _outside_folder(inside: Path) -> Path:
    return SHARED / "instances" / hashlib.sha256(str(inside).encode()).hexdigest()[:16]


def _outside(inside: Path) -> Path:
    """A folder under `/var/lib/gonio` for an instance whose own nobody else can enter.

    Its name comes from the instance's path. The instance remembers it: one that was removed and made anew, at the same path,
    starts without its predecessor's data, as every other component does.
    """
    folder = _outside_folder(inside)
    memory = inside / "folder"
    if not memory.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        memory.write_text(str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    for part in (SHARED, folder.parent):
        part.chmod(0o755)
    return folder


def _is_reachable(folder: Path) -> bool:
    """Whether the server's user can enter every folder above this one."""
    return os.getuid() != 0 or all(part.stat().st_mode & stat.S_IXOTH for part in folder.parents)


def _hand_over(path: Path) -> None:
    if os.getuid() == 0:
        user = _user()
        os.chown(path, user.pw_uid, user.pw_gid)


def _as_user() -> tuple[str, ...]:
    """What comes before the command. `setpriv` becomes the command itself, so that signals reach the server."""
    if os.getuid() != 0:
        return ()
    user = _user()
    return ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--")


def _user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(USER)
    except KeyError as error:
        raise LauncherError(f"opensearch: the system user {USER} is missing; run localstack/launcher/install_opensearch.sh") from error


def _write_settings(program: Path, folder: Path, port: int) -> None:
    contents = {
        "opensearch.yml": _SETTINGS.format(folder=folder, port=port),
        "log4j2.properties": _LOGGING,
        "jvm.options": _java_options(program),
    }
    for name, content in contents.items():
        path = folder / "config" / name
        path.write_text(content)
        path.chmod(0o600)
        _hand_over(path)


def _java_options(program: Path) -> str:
    """The distribution's options, but for memory, garbage collection, and those that write into the program's folder; and ours."""
    ours = ("-Xms", "-Xmx", "G1", "InitiatingHeap", "logs/", "HeapDump")
    options = (program / "config/jvm.options").read_text().splitlines(keepends=True)
    return "".join(it for it in options if not any(part in it for part in ours)) + _JAVA_OPTIONS


if __name__ == "__main__":
    print(program_folder())
