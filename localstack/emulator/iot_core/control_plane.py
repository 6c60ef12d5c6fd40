"""IoT Core's control plane as the gateway sees it: certificates, policies, things and topic rules, over AWS's API alone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.iot_core.aws_calls import AwsCallError, AwsCalls
from emulator.iot_core.policy import MalformedPolicy, Policy, Thing, parse_policy

_NOT_FOUND = "ResourceNotFoundException"
_NO_RULE = "UnauthorizedException"
"""GetTopicRule's answer for a rule that is not there."""
_PAGE = 250
"""The largest page that IoT's listings answer."""
_GROUP = ":thinggroup/"
"""What the ARN of a thing group has before the group's name."""


@dataclass(frozen=True, slots=True)
class CertificateRecord:
    """A registered certificate."""

    certificate_id: str
    arn: str
    status: str
    foreign: bool = False
    """Whether it was registered without its authority (`certificateMode` SNI_ONLY)."""

    @property
    def active(self) -> bool:
        """Only ACTIVE certificates connect."""
        return self.status == "ACTIVE"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A policy in force with all that it is attached to."""

    policy: Policy
    targets: frozenset[str]
    """ARNs of certificates and thing groups."""
    things: frozenset[str]
    """Names of the things in these groups and in all groups below them."""


@dataclass(frozen=True, slots=True)
class ActionDefinition:
    """One action of a topic rule: AWS's name of it (`kinesis`, `sqs`, …) and its parameters by AWS's names."""

    kind: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """A topic rule as the control plane describes it. `sql_version` is the documented default where the rule names none."""

    name: str
    sql: str
    sql_version: str
    disabled: bool
    actions: tuple[ActionDefinition, ...]
    error_action: ActionDefinition | None


class ControlPlane:
    """Every method raises `AwsCallError`; no failure is ever answered with an empty list."""

    def __init__(self, calls: AwsCalls) -> None:
        self._calls = calls

    async def certificate(self, certificate_id: str) -> CertificateRecord | None:
        """The certificate, or None when no such one is registered."""
        answer = await self._describe("describe_certificate", certificateId=certificate_id)
        return _certificate(answer["certificateDescription"]) if answer else None

    async def certificate_pem(self, certificate_id: str) -> str | None:
        """The certificate itself."""
        answer = await self._describe("describe_certificate", certificateId=certificate_id)
        return str(answer["certificateDescription"]["certificatePem"]) if answer else None

    async def certificates(self) -> list[CertificateRecord]:
        """All registered certificates."""
        return [_certificate(item) for item in await self._calls.pages("iot", "list_certificates", "certificates", pageSize=_PAGE)]

    async def certificate_policies(self, certificate_arn: str) -> tuple[Policy, ...]:
        """The policies attached to a certificate."""
        return await self._effective_policies(principal=certificate_arn)

    async def group_policies(self, thing_name: str) -> tuple[Policy, ...]:
        """The policies of a thing's groups and of all groups above them."""
        return await self._effective_policies(thingName=thing_name)

    async def attachments(self) -> list[Attachment]:
        """All policies, by two calls a policy and one a group that has a policy, whatever the number of devices."""
        listed = await self._calls.pages("iot", "list_policies", "policies", pageSize=_PAGE)
        found = await asyncio.gather(*(self._attachment(item["policyName"]) for item in listed))
        return [attachment for attachment in found if attachment]

    async def things(self, certificate_arn: str) -> list[Thing]:
        """The things that the certificate is attached to."""
        names = await self._calls.pages("iot", "list_principal_things", "things", principal=certificate_arn)
        found = await asyncio.gather(*(self._describe("describe_thing", thingName=name) for name in names))
        return [_thing(item) for item in found if item]

    async def rules(self) -> list[RuleDefinition]:
        """All topic rules, the disabled ones too."""
        listed = await self._calls.pages("iot", "list_topic_rules", "rules")
        found = await asyncio.gather(*(self._describe("get_topic_rule", _NO_RULE, ruleName=item["ruleName"]) for item in listed))
        return [_rule(item["rule"]) for item in found if item]

    async def _effective_policies(self, **whom: str) -> tuple[Policy, ...]:
        answer = await self._describe("get_effective_policies", **whom)
        documents = [item["policyDocument"] for item in answer["effectivePolicies"]] if answer else []
        return tuple(policy for document in documents if (policy := _policy(document)))

    async def _attachment(self, policy_name: str) -> Attachment | None:
        """None for a policy that was deleted meanwhile, or is malformed."""
        targets = frozenset(await self._listed("list_targets_for_policy", "targets", policyName=policy_name, pageSize=_PAGE))
        members = await asyncio.gather(*(self._members(target) for target in targets if _GROUP in target))
        answer = await self._describe("get_policy", policyName=policy_name)
        policy = _policy(answer["policyDocument"]) if answer else None
        return Attachment(policy, targets, frozenset[str]().union(*members)) if policy else None

    async def _members(self, group_arn: str) -> list[str]:
        group = group_arn.partition(_GROUP)[2]
        return await self._listed("list_things_in_thing_group", "things", thingGroupName=group, recursive=True, maxResults=_PAGE)

    async def _listed(self, operation: str, items: str, **parameters: Any) -> list[str]:
        """A listing, empty when what it is about was deleted since it was named."""
        try:
            return await self._calls.pages("iot", operation, items, **parameters)
        except AwsCallError as error:
            if error.code != _NOT_FOUND:
                raise
            return []

    async def _describe(self, operation: str, missing: str = _NOT_FOUND, **parameters: str) -> Mapping[str, Any] | None:
        """The description of one resource, or None when AWS's error code says that it does not exist."""
        try:
            return await self._calls.call("iot", operation, **parameters)
        except AwsCallError as error:
            if error.code != missing:
                raise
            return None


def _certificate(item: Mapping[str, Any]) -> CertificateRecord:
    foreign = item.get("certificateMode") == "SNI_ONLY"
    return CertificateRecord(item["certificateId"], item["certificateArn"], item["status"], foreign)


def _policy(document: str) -> Policy | None:
    """A malformed policy grants nothing."""
    try:
        return parse_policy(document)
    except MalformedPolicy:
        return None


def _thing(item: Mapping[str, Any]) -> Thing:
    return Thing(item["thingName"], item.get("thingTypeName"), item.get("attributes", {}), attached=True)


def _rule(item: Mapping[str, Any]) -> RuleDefinition:
    error_action = item.get("errorAction")
    return RuleDefinition(
        name=item["ruleName"],
        sql=item["sql"],
        sql_version=item.get("awsIotSqlVersion") or "2015-10-08",
        disabled=bool(item.get("ruleDisabled", False)),
        actions=tuple(_action(action) for action in item.get("actions", [])),
        error_action=_action(error_action) if error_action else None,
    )


def _action(item: Mapping[str, Any]) -> ActionDefinition:
    kind, parameters = next(iter(item.items()))
    return ActionDefinition(kind, parameters)
