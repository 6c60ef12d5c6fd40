"""The user pools of one installation: requests checked against AWS's model, each in one transaction of the store."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from botocore.model import ServiceModel

from emulator.cognito import administration, clients, groups, pools, self_service, sign_in
from emulator.cognito.call import Answer, Call, Operation, Request
from emulator.cognito.errors import InvalidParameterError
from emulator.cognito.signing_keys import SigningKeys
from emulator.iot.constraints import checked
from emulator.iot.errors import InvalidRequestError
from emulator.iot.registry import Registry

OPERATIONS: Mapping[str, Operation] = {
    **pools.OPERATIONS,
    **clients.OPERATIONS,
    **groups.OPERATIONS,
    **administration.OPERATIONS,
    **sign_in.OPERATIONS,
    **self_service.OPERATIONS,
}
"""Every other operation is answered as not implemented."""


@dataclass(frozen=True, slots=True)
class UserPools:
    """The user pools of one installation."""

    registry: Registry
    keys: SigningKeys
    address: str
    clock: Callable[[], float]
    model: ServiceModel
    found_at_start: frozenset[str] = frozenset()
    """What the store held when this process opened it: ids of pools and clients, and groups as `<pool id>/<name>`."""

    def answer(self, operation: str, caller: tuple[str, str], request: Request) -> Answer:
        """One operation's answer to a caller from an account and region. Raises CognitoError.

        The store is one for all accounts and regions: users' own requests are unsigned and name neither, only a client or a token.
        """
        try:
            typed = checked(self.model.operation_model(operation).input_shape, request)
        except InvalidRequestError as error:  # names the value, which may be a password: neither answer nor log may hold it
            raise InvalidParameterError(re.sub(r"Value '.*' at '", "Value at '", str(error), flags=re.DOTALL)) from None
        with self.registry.session("all", "all") as store:
            call = Call(store, *caller, self.keys, self.address, self.clock())
            return OPERATIONS[operation](call, typed)

    def has_pool(self, pool_id: str) -> bool:
        """Whether there is a pool of this id."""
        with self.registry.session("all", "all") as store:
            return store.find("pool", pool_id) is not None


def found_in(registry: Registry) -> frozenset[str]:
    """Ids of the pools and clients in a store, and its groups as `<pool id>/<name>`."""
    with registry.session("all", "all") as store:
        pool_ids = [pool_id for pool_id, _ in store.documents("pool")]
        client_ids = [client_id for client_id, _ in store.documents("client")]
        group_names = [f"{pool_id}/{name}" for pool_id in pool_ids for name, _ in store.documents(f"group/{pool_id}")]
    return frozenset([*pool_ids, *client_ids, *group_names])
