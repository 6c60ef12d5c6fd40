"""The provider of Cognito user pools and what must stand before it serves."""

from localstack.runtime import hooks


@hooks.on_infra_start()
def on_infra_start() -> None:
    """Nothing yet."""
