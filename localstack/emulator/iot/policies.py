"""IoT policies and their versions: at most five, one of them the default, which is the one in force."""

import uuid

from emulator.iot.documents import check_policy
from emulator.iot.errors import AlreadyExistsError, DeleteConflictError, NotFoundError, VersionsLimitExceededError
from emulator.iot.operation import Answer, Operation, Request, by_marker, moment, now
from emulator.iot.registry import Document, Session
from emulator.iot.tags import forget_tags, tag_created

POLICY = "policy"
POLICY_TARGET = "policy"
"""The link from a principal or group to its policy."""
KEPT_VERSIONS = 5


def policy(session: Session, name: str) -> Document:
    """A policy's document, or NotFoundError."""
    document = session.find(POLICY, name)
    if document is None:
        raise NotFoundError(f"Policy not found: {name}")
    return document


def policy_item(session: Session, name: str) -> Answer:
    """A policy as lists show it."""
    return {"policyName": name, "policyArn": session.arn("policy", name)}


def create_policy(session: Session, request: Request) -> Answer:
    """A new policy with version 1 in force."""
    name = request["policyName"]
    check_policy(request["policyDocument"])
    if session.find(POLICY, name) is not None:
        message = f"Policy cannot be created - name already exists (name={name})"
        raise AlreadyExistsError(message, resourceId=name, resourceArn=session.arn("policy", name))
    version = _version(request)
    document = {"id": str(uuid.uuid4()), "created_at": version["created_at"], "default": "1", "last": 1, "versions": {"1": version}}
    session.put(POLICY, name, document)
    tag_created(session, session.arn("policy", name), request)
    return policy_item(session, name) | {"policyDocument": request["policyDocument"], "policyVersionId": "1"}


def get_policy(session: Session, request: Request) -> Answer:
    """The version in force."""
    name = request["policyName"]
    document = policy(session, name)
    answer = _described(session, name, document["default"])
    del answer["policyVersionId"], answer["isDefaultVersion"]
    return answer | {"defaultVersionId": document["default"], "creationDate": moment(document["created_at"])}


def delete_policy(session: Session, request: Request) -> Answer:
    """Forget a policy that has one version and is attached to nothing."""
    name = request["policyName"]
    if len(policy(session, name)["versions"]) > 1:
        raise DeleteConflictError(f"Cannot delete the policy because it has one or more policy versions attached to it (name={name})")
    if next(session.sources(POLICY_TARGET, name), None) is not None:
        raise DeleteConflictError(f"The policy cannot be deleted as the policy is attached to one or more principals (name={name})")
    session.remove(POLICY, name)
    forget_tags(session, session.arn("policy", name))
    return {}


def list_policies(session: Session, request: Request) -> Answer:
    """Policies by name."""
    return by_marker(
        request, "policies", lambda after: ((name, policy_item(session, name)) for name, _ in session.documents(POLICY, after))
    )


def create_version(session: Session, request: Request) -> Answer:
    """A further version, in force at once when asked for."""
    name = request["policyName"]
    document = policy(session, name)
    check_policy(request["policyDocument"])
    if len(document["versions"]) >= KEPT_VERSIONS:
        raise VersionsLimitExceededError(f"The policy {name} already has the maximum number of versions ({KEPT_VERSIONS})")
    document["last"] += 1
    number = str(document["last"])
    document["versions"][number] = _version(request)
    if request.get("setAsDefault"):
        document["default"] = number
    session.put(POLICY, name, document)
    answer = {"policyArn": session.arn("policy", name), "policyDocument": request["policyDocument"]}
    return answer | {"policyVersionId": number, "isDefaultVersion": document["default"] == number}


def get_version(session: Session, request: Request) -> Answer:
    """One version."""
    return _described(session, request["policyName"], request["policyVersionId"])


def list_versions(session: Session, request: Request) -> Answer:
    """All versions, newest first."""
    document = policy(session, request["policyName"])
    versions = sorted(document["versions"].items(), key=lambda item: int(item[0]), reverse=True)
    return {"policyVersions": [_version_item(document, number, version) for number, version in versions]}


def set_default_version(session: Session, request: Request) -> Answer:
    """Put another version in force."""
    name, number = request["policyName"], request["policyVersionId"]
    document = policy(session, name)
    _require(document, name, number)
    session.put(POLICY, name, document | {"default": number})
    return {}


def delete_version(session: Session, request: Request) -> Answer:
    """Forget a version that is not in force."""
    name, number = request["policyName"], request["policyVersionId"]
    document = policy(session, name)
    _require(document, name, number)
    if number == document["default"]:
        raise DeleteConflictError(f"Cannot delete the default version of a policy (name={name}, version={number})")
    del document["versions"][number]
    session.put(POLICY, name, document)
    return {}


def _version(request: Request) -> Document:
    return {"document": request["policyDocument"], "created_at": now()}


def _require(document: Document, name: str, number: str) -> None:
    if number not in document["versions"]:
        raise NotFoundError(f"Policy version not found: {name}, version {number}")


def _version_item(document: Document, number: str, version: Document) -> Answer:
    return {"versionId": number, "isDefaultVersion": number == document["default"], "createDate": moment(version["created_at"])}


def _described(session: Session, name: str, number: str) -> Answer:
    document = policy(session, name)
    _require(document, name, number)
    version = document["versions"][number]
    dates = {"creationDate": moment(version["created_at"]), "lastModifiedDate": moment(version["created_at"])}
    answer = policy_item(session, name) | {"policyDocument": version["document"], "policyVersionId": number}
    return answer | dates | {"isDefaultVersion": number == document["default"], "generationId": document["id"]}


OPERATIONS: dict[str, Operation] = {
    "CreatePolicy": create_policy,
    "GetPolicy": get_policy,
    "DeletePolicy": delete_policy,
    "ListPolicies": list_policies,
    "CreatePolicyVersion": create_version,
    "GetPolicyVersion": get_version,
    "ListPolicyVersions": list_versions,
    "SetDefaultPolicyVersion": set_default_version,
    "DeletePolicyVersion": delete_version,
}
