"""What LocalStack finds under `kinesis:durable`; chosen with PROVIDER_OVERRIDE_KINESIS=durable."""

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="kinesis", name="durable")  # type: ignore[untyped-decorator]
def kinesis_durable() -> Service:
    """The provider over this process's stream log. What the log's file holds is served from the first request on."""
    from emulator.kinesis.provider import KinesisProvider  # noqa: PLC0415 - imported when LocalStack loads the service
    from emulator.kinesis.runtime import stream_limits, stream_log  # noqa: PLC0415
    from emulator.kinesis.service import kinesis_service  # noqa: PLC0415

    return kinesis_service(KinesisProvider(stream_log(), stream_limits()))
