"""An instance of the local stack in a folder of its own, of which nothing runs."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    ports = {"localstack": 1, "gateway": 2, "mariadb": 3, "opensearch": 4, "front-door": 5}
    made = Instance(tmp_path, ports, {"owner": "o", "functions": "f", "replication": "r", "users": "u"})
    yield made
    shutil.rmtree(made.sockets)
