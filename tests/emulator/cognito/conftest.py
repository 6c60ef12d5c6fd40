"""User pools in memory's reach with a clock that tests turn."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore.model import ServiceModel

from emulator.cognito.directory import UserPools
from emulator.cognito.signing_keys import SigningKeys
from emulator.iot.registry import Registry
from tests.emulator.cognito.people import Clock, Directory

ADDRESS = "http://issuer.example:4566"


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at a fixed time until it is turned."""
    return Clock()


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key file for the tests that do not care which key it is: making one takes a while."""
    path = tmp_path_factory.mktemp("key") / "cognito.key"
    SigningKeys(path, Clock()).current()
    return path


@pytest.fixture(scope="session")
def model() -> ServiceModel:
    """AWS's model of the service."""
    return botocore.session.get_session().get_service_model("cognito-idp")


@pytest.fixture
def directory(tmp_path: Path, clock: Clock, key_file: Path, model: ServiceModel) -> Iterator[Directory]:
    """A pool with a client and a user, on disk, without LocalStack."""
    registry = Registry(tmp_path / "cognito.sqlite")
    shutil.copy(key_file, tmp_path)
    keys = SigningKeys(tmp_path / "cognito.key", clock)
    yield Directory(UserPools(registry, keys, ADDRESS, clock, model))
    registry.close()
