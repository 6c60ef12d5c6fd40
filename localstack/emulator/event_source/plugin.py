"""Puts our event source mappings in place of LocalStack's Kinesis poller. Other sources stay LocalStack's."""

from localstack.runtime import hooks

from localstack import config


@hooks.on_infra_start(  # type: ignore[untyped-decorator]
    name="emulator_event_source", should_load=lambda: config.SERVICE_PROVIDER_CONFIG.get_provider("kinesis") == "durable"
)
def on_infra_start() -> None:
    """Patch LocalStack, where Kinesis runs on our log; on another provider there is nothing that we could read directly."""
    # Imported here: the patched modules take half a second, and nobody needs them where this hook does not run.
    from emulator.event_source.patches import apply  # noqa: PLC0415

    apply()
