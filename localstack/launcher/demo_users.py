"""The people whom every local stack knows: a therapist of each clinic and an operator, with a password of this installation."""

import subprocess

from launcher.deployment import STAGE, environment
from launcher.errors import LauncherError
from launcher.instance import APP_PYTHON, ROOT, Instance
from launcher.stack import Say

USERS = (
    {"email": "therapist@clinic-north.example", "role": "therapist", "tenant": "clinic-north"},
    {"email": "therapist@clinic-south.example", "role": "therapist", "tenant": "clinic-south"},
    {"email": "operator@gonio.example", "role": "operator", "tenant": ""},
)


def ensure(instance: Instance, say: Say) -> None:
    """Bring each user to what it should be. Raises LauncherError."""
    for user in USERS:
        command = [str(APP_PYTHON), "-m", "infra.users", "ensure", "--stage", STAGE, "--email", user["email"], "--role", user["role"]]
        command += ["--tenant", user["tenant"]] if user["tenant"] else []
        variables = {**environment(instance), "GONIO_USER_PASSWORD": password(instance)}
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LauncherError(done.stderr.strip() or f"users: {user['email']} could not be made")
        say(done.stdout.strip())


def known(instance: Instance) -> list[dict[str, str]]:
    """The users as the stack file lists them."""
    return [{**user, "password": password(instance)} for user in USERS]


def password(instance: Instance) -> str:
    """One for all of them: random, and long and mixed enough for the pool's policy."""
    return f"Gonio-{instance.passwords['users']}-7"
