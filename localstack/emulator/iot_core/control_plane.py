"""IoT Core's control plane as the gateway sees it: certificates, policies, things and topic rules, over AWS's API alone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.iot_core.aws_calls import AwsCallError, AwsCalls
from emulator.iot_core.policy import MalformedPolicy, Policy, Thing, parse_policy

_NOT_FOUND = "ResourceNotFoundException"
_PAGE = 250
"""The largest page that IoT's listings answer."""


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

    async def policy_names(self, target_arn: str) -> list[str]:
        """Names of the policies attached to a certificate, and to the groups of its things where the control plane knows them."""
        attached = await self._calls.pages("iot", "list_attached_policies", "policies", target=target_arn)
        return [item["policyName"] for item in attached]

    async def policy(self, name: str) -> Policy | None:
        """The default version of a policy; None when it is gone or malformed, which grants nothing."""
        answer = await self._describe("get_policy", policyName=name)
        if answer is None:
            return None
        try:
            return parse_policy(answer["policyDocument"])
        except MalformedPolicy:
            return None

    async def attachments(self) -> dict[str, frozenset[str]]:
        """For each policy's name the ARNs that it is attached to."""
        policies = await self._calls.pages("iot", "list_policies", "policies", pageSize=_PAGE)
        names = [item["policyName"] for item in policies]
        targets = await asyncio.gather(*map(self._targets, names))
        return dict(zip(names, targets, strict=True))

    async def things(self, certificate_arn: str) -> list[Thing]:
        """The things that the certificate is attached to."""
        names = await self._calls.pages("iot", "list_principal_things", "things", principal=certificate_arn)
        found = await asyncio.gather(*(self._describe("describe_thing", thingName=name) for name in names))
        return [_thing(item) for item in found if item]

    async def rules(self) -> list[RuleDefinition]:
        """All topic rules, the disabled ones too."""
        listed = await self._calls.pages("iot", "list_topic_rules", "rules")
        found = await asyncio.gather(*(self._describe("get_topic_rule", ruleName=item["ruleName"]) for item in listed))
        return [_rule(item["rule"]) for item in found if item]

    async def _targets(self, policy_name: str) -> frozenset[str]:
        try:
            return frozenset(await self._calls.pages("iot", "list_targets_for_policy", "targets", policyName=policy_name, pageSize=_PAGE))
        except AwsCallError as error:
            if error.code != _NOT_FOUND:
                raise
            return frozenset()  # deleted between the two calls

    async def _describe(self, operation: str, **parameters: str) -> Mapping[str, Any] | None:
        """One thing's description, or None when it does not exist."""
        try:
            return await self._calls.call("iot", operation, **parameters)
        except AwsCallError as error:
            if error.code not in (_NOT_FOUND, "UnauthorizedException"):  # GetTopicRule's answer for a rule that is not there
                raise
            return None


def _certificate(item: Mapping[str, Any]) -> CertificateRecord:
    foreign = item.get("certificateMode") == "SNI_ONLY"
    return CertificateRecord(item["certificateId"], item["certificateArn"], item["status"], foreign)


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
