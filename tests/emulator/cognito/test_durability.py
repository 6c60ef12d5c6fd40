"""What is stored is there when the store is opened again, whatever happened between."""

from dataclasses import replace
from pathlib import Path

import pytest

from emulator.cognito.directory import found_in
from emulator.cognito.errors import InvalidPasswordError, NotAuthorizedError
from emulator.iot.registry import Registry
from tests.emulator.cognito.people import EMAIL, Clock, Directory


def test_users_groups_and_live_refresh_tokens_are_there_again(directory: Directory, tmp_path: Path) -> None:
    directory.here("CreateGroup", GroupName="therapist")
    directory.here("AdminAddUserToGroup", Username=EMAIL, GroupName="therapist")
    live, ended = directory.tokens(), directory.tokens()
    directory.ask("RevokeToken", Token=ended["RefreshToken"], ClientId=directory.client_id)

    registry = Registry(tmp_path / "cognito.sqlite")  # the first one is still open, as after a kill nothing is closed
    directory.user_pools = replace(directory.user_pools, registry=registry)

    assert directory.claims(directory.refresh(live["RefreshToken"])["IdToken"])["cognito:groups"] == ["therapist"]
    with pytest.raises(NotAuthorizedError, match="revoked"):
        directory.refresh(ended["RefreshToken"])
    assert found_in(registry) == {directory.pool_id, directory.client_id, f"{directory.pool_id}/therapist"}
    registry.close()


def test_a_request_that_is_refused_changes_nothing(directory: Directory, clock: Clock) -> None:
    with pytest.raises(InvalidPasswordError):
        directory.here("AdminCreateUser", Username="ben@clinic.example", TemporaryPassword="weak")
    assert directory.here("DescribeUserPool")["UserPool"]["EstimatedNumberOfUsers"] == 1
