"""What LocalStack finds of us: the `cognito-idp` service and, from the start on, the pages that verifiers of tokens read."""

import threading
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from localstack.runtime import hooks
from localstack.services.plugins import Service, aws_provider

from emulator.settings import settings

if TYPE_CHECKING:
    from emulator.cognito.directory import UserPools

STORE_FILE = "cognito.sqlite"
KEY_FILE = "cognito.key"
_opening = threading.Lock()


@aws_provider(api="cognito-idp", name="default")  # type: ignore[untyped-decorator]
def cognito_idp_default() -> Service:
    """The service, made when its first request comes."""
    from emulator.cognito.service import service  # noqa: PLC0415 - LocalStack starts fast because it loads late

    return service(user_pools())


@hooks.on_infra_start(name="emulator_cognito")  # type: ignore[untyped-decorator]
def on_infra_start() -> None:
    """Serve the keys. Costs nothing until they are asked for: the store opens with the first request."""
    from localstack.services.edge import ROUTER  # noqa: PLC0415

    from emulator.cognito.well_known import POOL, configuration, key_set, serve  # noqa: PLC0415

    def keys(request: Any, pool_id: str) -> Any:
        return serve(key_set(user_pools(), pool_id), request)

    def discovery(request: Any, pool_id: str) -> Any:
        return serve(configuration(user_pools(), pool_id), request)

    ROUTER.add(f"/{POOL}/.well-known/jwks.json", keys, methods=["GET"])
    ROUTER.add(f"/{POOL}/.well-known/openid-configuration", discovery, methods=["GET"])


def user_pools() -> "UserPools":
    """The user pools of this installation. One for the process, also when the first requests come at once."""
    with _opening:
        return _opened()


@cache
def _opened() -> "UserPools":
    from localstack.aws.spec import load_service  # noqa: PLC0415

    from emulator.cognito.directory import UserPools, found_in  # noqa: PLC0415
    from emulator.cognito.signing_keys import SigningKeys  # noqa: PLC0415
    from emulator.iot.registry import Registry  # noqa: PLC0415
    from localstack import config  # noqa: PLC0415

    folder = settings().data_dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STORE_FILE).touch(mode=0o600)  # it holds addresses and password hashes; SQLite's other files take after it
    registry, keys = Registry(folder / STORE_FILE), SigningKeys(folder / KEY_FILE, time.time)
    address = config.external_service_url().rstrip("/")
    return UserPools(registry, keys, address, time.time, load_service("cognito-idp"), found_in(registry))
