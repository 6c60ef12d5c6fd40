"""GetEffectivePolicies: what is decided by when a device connects.

A principal brings the policies attached to it; a thing brings those of its groups and of all groups above them (developer guide,
"Static thing groups", "Get effective policies for a thing").
"""

from emulator.iot.attachments import attached_policies
from emulator.iot.errors import InvalidRequestError
from emulator.iot.groups import MEMBER
from emulator.iot.operation import Answer, Operation, Request
from emulator.iot.policies import get_policy
from emulator.iot.registry import Session
from emulator.iot.things import thing

_MEMBERS = ("policyName", "policyArn", "policyDocument")


def get_effective_policies(session: Session, request: Request) -> Answer:
    """The policies in force for a principal, a thing, or a thing that connects with a principal; each once."""
    principal, thing_name = request.get("principal"), request.get("thingName")
    if request.get("cognitoIdentityPoolId"):
        raise InvalidRequestError("The policies of an identity pool's roles are not available here")
    if principal is None and thing_name is None:
        raise InvalidRequestError("Either principal or thingName is required")
    names = set(attached_policies(session, principal, recursive=True)) if principal else set()
    names |= _of_groups(session, thing_name) if thing_name else set()
    return {"effectivePolicies": [_effective(session, name) for name in sorted(names)]}


def _of_groups(session: Session, thing_name: str) -> set[str]:
    thing(session, thing_name)
    groups = [session.arn("thinggroup", group) for group in session.targets(MEMBER, thing_name)]
    return {name for group in groups for name in attached_policies(session, group, recursive=True)}


def _effective(session: Session, name: str) -> Answer:
    described = get_policy(session, {"policyName": name})
    return {member: described[member] for member in _MEMBERS}


OPERATIONS: dict[str, Operation] = {"GetEffectivePolicies": get_effective_policies}
