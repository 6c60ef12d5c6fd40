"""The entry point under which LocalStack finds the `dms` service, and the registry of this process."""

from datetime import UTC, datetime
from functools import cache

from localstack.services.plugins import Service, aws_provider

from emulator.dms.registry import Registry
from emulator.replication.store import Store
from emulator.settings import settings


@aws_provider(api="dms", name="default")  # type: ignore[untyped-decorator]
def dms_default() -> Service:
    """The service, made when its first request comes. What its file holds is served from then on."""
    from localstack.aws.spec import load_service  # noqa: PLC0415 - LocalStack loads fast because it loads late

    from emulator.dms.service import service  # noqa: PLC0415

    return service(load_service("dms"), registry())


@cache
def registry() -> Registry:
    """The registry of this installation."""
    return Registry(Store(settings().data_dir))


def created_at(kind: str, arn: str, identifier: str) -> datetime:
    """When a resource was made, which the API does not tell of each kind. Raises KeyError for an unknown one."""
    region, account_id = arn.split(":")[3:5]
    with registry().session(account_id, region) as session:
        return datetime.fromtimestamp(session.created_at(kind, identifier), UTC)
