"""A throw-away OpenSearch server for tests: on a free port, in a folder that its user can reach, gone with the process that started it."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import opensearchpy

from launcher.processes import opensearch

START_TIMEOUT_S = 180
HEAP_MB = 256


@dataclass(slots=True)
class OpenSearch:
    """A running server."""

    server: opensearch.Server
    client: opensearchpy.OpenSearch
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.server.url

    def kill_and_start_again(self) -> None:
        """A crash, and a start on what it left on the disk."""
        self.process.kill()
        self.process.wait()
        self.process = _start(self.server)

    def forget(self) -> None:
        """Removes every index and template of ours."""
        self.client.indices.delete(index="gonio-*", params={"expand_wildcards": "all"})
        self.client.indices.delete_index_template(name="gonio-*", ignore=[404])


@contextmanager
def running(heap_mb: int = HEAP_MB) -> Iterator[OpenSearch]:
    """A server until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="gonio-opensearch-"))
    folder.chmod(0o755)  # its user is not the one that runs the tests
    server = opensearch.prepare(folder, _free_port(), heap_mb)
    client = opensearchpy.OpenSearch([server.url], timeout=30)
    started = OpenSearch(server, client, _start(server))
    try:
        yield started
    finally:
        client.close()
        started.process.kill()
        started.process.wait()
        shutil.rmtree(folder)


def _start(server: opensearch.Server) -> "subprocess.Popen[bytes]":
    log = server.folder.parent / "opensearch.log"
    with log.open("ab") as output:
        process = subprocess.Popen(_dying_with_us(server.command), env={**os.environ, **server.environment}, stdout=output, stderr=output)
    deadline = time.monotonic() + START_TIMEOUT_S
    while not opensearch.answers(server.url):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"OpenSearch did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)
    return process


def _dying_with_us(command: tuple[str, ...]) -> list[str]:
    """The command, killed by the kernel when the process that started it ends."""
    rest = command[1:] if command[0] == "setpriv" else ("--", *command)
    return ["setpriv", "--pdeathsig", "KILL", *rest]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
