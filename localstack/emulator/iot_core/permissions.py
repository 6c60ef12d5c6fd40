"""What one connection may do, by the policies of its certificate and of its thing's groups."""

from emulator.iot_core.connecting import Terms
from emulator.iot_core.identities import Identity
from emulator.iot_core.policy import Action, Authorizer, Certificate, PolicyContext, Thing

_WRITABLE_RESERVED = ("$aws/rules/", "$aws/things/", "$aws/certificates/", "$aws/provisioning-templates/")
"""Reserved topics that clients publish to; all others belong to the platform (developer guide, "Reserved topics")."""


class Permissions:
    """Decisions for one connection. Built anew when its identity changes."""

    def __init__(self, context: PolicyContext, identity: Identity) -> None:
        self._authorizer = Authorizer(identity.policies_as(context.client_id), context)
        self._prefix = f"arn:aws:iot:{context.region}:{context.account_id}:"
        self._client_id = context.client_id

    def may_connect(self) -> bool:
        """iot:Connect as this client id."""
        return self._authorizer.is_allowed(Action.CONNECT, f"{self._prefix}client/{self._client_id}")

    def may_publish(self, topic: str) -> bool:
        """iot:Publish, Basic Ingest's full topic included."""
        if topic.startswith("$aws/") and not topic.startswith(_WRITABLE_RESERVED):
            return False
        return self._authorizer.is_allowed(Action.PUBLISH, f"{self._prefix}topic/{topic}")

    def may_retain(self, topic: str) -> bool:
        """iot:RetainPublish, which a retained message needs besides iot:Publish."""
        return self._authorizer.is_allowed(Action.RETAIN_PUBLISH, f"{self._prefix}topic/{topic}")

    def may_subscribe(self, topic_filter: str) -> bool:
        """iot:Subscribe; the filter's wildcards are plain characters here."""
        return self._authorizer.is_allowed(Action.SUBSCRIBE, f"{self._prefix}topicfilter/{topic_filter}")

    def may_receive(self, topic: str) -> bool:
        """iot:Receive, asked at each delivery."""
        return self._authorizer.is_allowed(Action.RECEIVE, f"{self._prefix}topic/{topic}")


def policy_context(
    agreed: Terms, identity: Identity, certificate: Certificate, source_ip: str | None, *, account_and_region: tuple[str, str]
) -> PolicyContext:
    """The context of a connection's decisions."""
    will = agreed.connect.will
    attributes = {name for name, present in (("PersistentConnect", agreed.persistent), ("LastWill", will is not None)) if present}
    thing: Thing | None = identity.thing(agreed.client_id)
    return PolicyContext(
        agreed.client_id,
        thing,
        certificate,
        frozenset(attributes),
        will.topic if will else None,
        source_ip,
        *account_and_region,
    )
