"""What is attached to what: policies to certificates and groups, certificates to things.

A target is a certificate's or group's ARN, or a Cognito identity's id, which is not checked.
"""

import re
from collections.abc import Iterator

from emulator.iot.certificates import certificate
from emulator.iot.errors import InvalidRequestError, NotFoundError
from emulator.iot.groups import GROUP, lineage
from emulator.iot.operation import Answer, Operation, Request, by_marker, by_token
from emulator.iot.policies import POLICY_TARGET, policy, policy_item
from emulator.iot.registry import Session
from emulator.iot.things import thing

THING_PRINCIPAL = "thing"
"""The link from a principal to its thing."""
_ARN = re.compile(r"arn:aws[\w-]*:iot:[\w-]+:\d{12}:(cert|thinggroup)/(.+)")
_COGNITO_IDENTITY = re.compile(r"[\w-]+:[0-9a-f-]{36}")


def attached_policies(session: Session, target: str, *, recursive: bool) -> list[str]:
    """The names of a target's policies, in order. For a group and `recursive`, of those that it inherits too. Raises IoTError."""
    _require_target(session, target)
    sources = _with_ancestors(session, target) if recursive else [target]
    return sorted({name for source in sources for name in session.targets(POLICY_TARGET, source)})


def attach_policy(session: Session, request: Request) -> Answer:
    """Attach a policy to a target; twice is once."""
    name, target = request["policyName"], request["target"]
    policy(session, name)
    _require_target(session, target)
    session.link(POLICY_TARGET, target, name)
    return {}


def detach_policy(session: Session, request: Request) -> Answer:
    """Detach a policy from a target; one that is not attached is no fault, as on AWS."""
    policy(session, request["policyName"])
    session.unlink(POLICY_TARGET, request["target"], request["policyName"])
    return {}


def list_attached_policies(session: Session, request: Request) -> Answer:
    """The policies of a target; `recursive` adds those of the groups above a group."""
    return _policies(session, request, request["target"], recursive=request.get("recursive", False))


def list_targets(session: Session, request: Request) -> Answer:
    """The targets of a policy."""
    return _targets(session, request, "targets")


def attach_principal_policy(session: Session, request: Request) -> Answer:
    """AttachPolicy under its older name."""
    return attach_policy(session, request | {"target": request["principal"]})


def detach_principal_policy(session: Session, request: Request) -> Answer:
    """DetachPolicy under its older name."""
    return detach_policy(session, request | {"target": request["principal"]})


def list_principal_policies(session: Session, request: Request) -> Answer:
    """ListAttachedPolicies under its older name."""
    return _policies(session, request, request["principal"], recursive=False)


def list_policy_principals(session: Session, request: Request) -> Answer:
    """ListTargetsForPolicy under its older name."""
    return _targets(session, request, "principals")


def attach_thing_principal(session: Session, request: Request) -> Answer:
    """Attach a principal to a thing; twice is once."""
    thing(session, request["thingName"])
    _require_target(session, request["principal"])
    session.link(THING_PRINCIPAL, request["principal"], request["thingName"])
    return {}


def detach_thing_principal(session: Session, request: Request) -> Answer:
    """Detach a principal from a thing."""
    thing(session, request["thingName"])
    if request["thingName"] not in set(session.targets(THING_PRINCIPAL, request["principal"])):
        raise NotFoundError(f"Principal {request['principal']} is not attached to thing {request['thingName']}")
    session.unlink(THING_PRINCIPAL, request["principal"], request["thingName"])
    return {}


def list_principal_things(session: Session, request: Request) -> Answer:
    """The things of a principal."""
    return by_token(request, "things", lambda after: _paired(session.targets(THING_PRINCIPAL, request["principal"], after)))


def list_thing_principals(session: Session, request: Request) -> Answer:
    """The principals of a thing."""
    thing(session, request["thingName"])
    return by_token(request, "principals", lambda after: _paired(session.sources(THING_PRINCIPAL, request["thingName"], after)))


def _policies(session: Session, request: Request, target: str, *, recursive: bool) -> Answer:
    names = attached_policies(session, target, recursive=recursive)
    return by_marker(request, "policies", lambda after: ((name, policy_item(session, name)) for name in names if name > after))


def _with_ancestors(session: Session, target: str) -> list[str]:
    match = _ARN.fullmatch(target)
    if match is None or match[1] != "thinggroup":
        return [target]
    return [session.arn("thinggroup", name) for name in lineage(session, match[2])]


def _targets(session: Session, request: Request, member: str) -> Answer:
    policy(session, request["policyName"])
    return by_marker(request, member, lambda after: _paired(session.sources(POLICY_TARGET, request["policyName"], after)))


def _paired(names: Iterator[str]) -> Iterator[tuple[str, str]]:
    return ((name, name) for name in names)


def _require_target(session: Session, target: str) -> None:
    if match := _ARN.fullmatch(target):
        kind, name = match.groups()
        if kind == "cert":
            certificate(session, name)
        elif session.find(GROUP, name) is None:
            raise NotFoundError(f"Thing group {name} not found.")
    elif not _COGNITO_IDENTITY.fullmatch(target):
        raise InvalidRequestError(f"Invalid principal or target: {target}")


OPERATIONS: dict[str, Operation] = {
    "AttachPolicy": attach_policy,
    "DetachPolicy": detach_policy,
    "ListAttachedPolicies": list_attached_policies,
    "ListTargetsForPolicy": list_targets,
    "AttachPrincipalPolicy": attach_principal_policy,
    "DetachPrincipalPolicy": detach_principal_policy,
    "ListPrincipalPolicies": list_principal_policies,
    "ListPolicyPrincipals": list_policy_principals,
    "AttachThingPrincipal": attach_thing_principal,
    "DetachThingPrincipal": detach_thing_principal,
    "ListPrincipalThings": list_principal_things,
    "ListThingPrincipals": list_thing_principals,
}
