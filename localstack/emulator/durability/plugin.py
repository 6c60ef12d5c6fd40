"""What LocalStack loads when it starts."""

from typing import Any

from localstack.runtime import hooks

from emulator.settings import settings

STORE_FILE = "contents.sqlite"


@hooks.on_infra_start(name="emulator_durability")  # type: ignore[untyped-decorator]
def on_infra_start() -> None:
    """Follow the answers from now on; the store opens with the first request."""
    from localstack.aws.connect import connect_to  # noqa: PLC0415 - LocalStack starts fast because it loads late
    from localstack.aws.handlers import run_custom_response_handlers  # noqa: PLC0415

    from emulator.durability.contents import Contents  # noqa: PLC0415
    from emulator.durability.recorder import PRINCIPAL, Recorder  # noqa: PLC0415

    def client(service: str, account: str, region: str) -> Any:
        return getattr(connect_to(aws_access_key_id=account, region_name=region), service).request_metadata(service_principal=PRINCIPAL)

    run_custom_response_handlers.append(Recorder(lambda: Contents(settings().data_dir / STORE_FILE), client))
