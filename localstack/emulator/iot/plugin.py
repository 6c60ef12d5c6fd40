"""The entry point under which LocalStack finds the `iot` service, and the registry of this process."""

from datetime import UTC, datetime
from functools import cache

from localstack.services.plugins import Service, aws_provider

from emulator.iot.registry import Registry
from emulator.settings import settings

REGISTRY_FILE = "iot-registry.sqlite"


@aws_provider(api="iot", name="default")  # type: ignore[untyped-decorator]
def iot_default() -> Service:
    """The service, made when its first request comes."""
    from localstack.aws.spec import load_service  # noqa: PLC0415 - LocalStack loads fast because it loads late

    from emulator.iot.service import service  # noqa: PLC0415

    return service(load_service("iot"), registry())


@cache
def registry() -> Registry:
    """The registry of this installation."""
    return Registry(settings().data_dir / REGISTRY_FILE)


def thing_created_at(account_id: str, region: str, name: str) -> datetime:
    """When a thing was registered, which no operation tells. Raises KeyError for an unknown thing."""
    with registry().session(account_id, region) as session:
        document = session.find("thing", name)
    if document is None:
        raise KeyError(name)
    return datetime.fromtimestamp(document["created_at"], UTC)
