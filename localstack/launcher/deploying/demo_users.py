"""The people whom every local stack knows: a therapist of each clinic and an operator, with a password of this installation."""

from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from infra.cloudformation import DeploymentError
from infra.users import User, ensure_user
from launcher import aws
from launcher.deploying.deployment import known_outputs
from launcher.errors import LauncherError
from launcher.instance import Instance
from launcher.stack import Say

USERS = (
    User("therapist@clinic-north.example", "therapist", "clinic-north"),
    User("therapist@clinic-south.example", "therapist", "clinic-south"),
    User("operator@gonio.example", "operator"),
)


def ensure(instance: Instance, say: Say, users: Sequence[User] = USERS) -> None:
    """Bring each user to what it should be. Raises LauncherError."""
    client, pool_id = aws.client(instance, "cognito-idp"), known_outputs(instance)["UserPoolId"]
    for user in users:
        try:
            created = ensure_user(client, pool_id, user, password(instance))
        except (BotoCoreError, ClientError, DeploymentError) as error:
            raise LauncherError(
                f"users: {user.email} could not be made: {error}; LocalStack's log is {instance.log('localstack')}"
            ) from error
        if created:
            say(f"{user.email}: created")


def known(instance: Instance, users: Sequence[User] = USERS) -> list[dict[str, str]]:
    """The users as the stack file lists them."""
    return [{"email": user.email, "password": password(instance), "role": user.role, "tenant": user.tenant or ""} for user in users]


def password(instance: Instance) -> str:
    """One for all of them: random, and long and mixed enough for the pool's policy."""
    return f"Gonio-{instance.passwords['users']}-7"
