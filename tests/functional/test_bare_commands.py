"""The commands of `infra` as the documentation gives them, in an environment that says nothing of AWS."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from infra.template import ROOT

COMMANDS = {
    ("infra.reconcile",): "reconcile: stage 'local' is not deployed",
    ("infra.users", "list"): "users: stage 'local' has no user pool",
    ("infra.deploy",): "deploy: stage 'local': {url} refused: ",
}
"""Each with what it says where no stack is deployed."""
NO_STACK = b"<ErrorResponse><Error><Code>ValidationError</Code><Message>The stack does not exist</Message></Error></ErrorResponse>"


@dataclass(slots=True)
class Stub:
    """An endpoint of AWS that knows no stack."""

    url: str = ""
    signatures: list[str] = field(default_factory=list)


@pytest.fixture
def stub() -> Iterator[Stub]:
    known = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            known.signatures.append(self.headers["Authorization"])
            self.send_response(400)
            self.send_header("Content-Length", str(len(NO_STACK)))
            self.end_headers()
            self.wfile.write(NO_STACK)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield known
        server.shutdown()


def _run(command: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    """In a folder that is also the user's home, so that no file there has credentials; the machine's own are not asked for."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GONIO_"))}
    environment = {**kept, "HOME": str(folder), "PYTHONPATH": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true"}
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_running_local_stack_is_reached_without_credentials(command: tuple[str, ...], stub: Stub, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var/stack.json").write_text(json.dumps({"aws_endpoint_url": stub.url}))

    done = _run(command, tmp_path)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith(COMMANDS[command].format(url=stub.url))
    assert stub.signatures
    assert all("Credential=test/" in it for it in stub.signatures)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_aws_itself_is_not_asked_without_credentials_and_one_sentence_says_so(command: tuple[str, ...], tmp_path: Path) -> None:
    done = _run((*command, "--stage", "production"), tmp_path)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "Unable to locate credentials" in done.stderr
