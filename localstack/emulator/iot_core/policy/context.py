"""What a policy is decided against: the connection's client id, thing, certificate and features, and the variables they make."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Values of a certificate's field that policies see, and how long one may be (developer guide, X.509 certificate policy variables).
CERTIFICATE_VALUES_LIMIT = 5
CERTIFICATE_VALUE_LIMIT = 1024
WILDCARDS_IN_CERTIFICATE = frozenset("*$+?#")


class Action(StrEnum):
    """The operations of the MQTT data plane that policies govern."""

    CONNECT = "iot:Connect"
    PUBLISH = "iot:Publish"
    SUBSCRIBE = "iot:Subscribe"
    RECEIVE = "iot:Receive"
    RETAIN_PUBLISH = "iot:RetainPublish"


@dataclass(frozen=True, slots=True)
class Thing:
    """The registry's thing whose name is the client id. ``attached``: whether the certificate in use is attached to it."""

    name: str
    type: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    attached: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """An X.509 certificate as policies see it: its id and, by AWS's names (``CommonName``, …), all values of each field."""

    id: str
    subject: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    issuer: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subject_alternative_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    serial_number: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyContext:
    """One connection. ``connect_attributes``: ``PersistentConnect``, ``LastWill``; ``last_will_topic`` is the topic, not its ARN."""

    client_id: str
    thing: Thing | None = None
    certificate: Certificate | None = None
    connect_attributes: frozenset[str] = frozenset()
    last_will_topic: str | None = None
    source_ip: str | None = None
    account_id: str = "000000000000"
    region: str = "eu-west-1"

    def values(self, key: str) -> tuple[str, ...] | None:
        """The values of a condition key, or None when the connection has no such key. Key names are case sensitive."""
        known = self._single_values()
        if key in known:
            value = known[key]
            return None if value is None else (value,)
        if key == "iot:ConnectAttributes":
            return tuple(sorted(self.connect_attributes))
        if key.startswith("iot:Connection.Thing."):
            return self._thing_values(key.removeprefix("iot:Connection.Thing."))
        if key.startswith("iot:Certificate."):
            return self._certificate_values(key.removeprefix("iot:Certificate."))
        return None

    def variable(self, name: str) -> str | None:
        """What ``${name}`` stands for in a policy, or None when it is not replaced.

        A certificate's value with a wildcard in it, or an overlong one, is never put into a policy.
        """
        values = self.values(name)
        if values is None or len(values) != 1:
            return None
        value = values[0]
        if name.startswith("iot:Certificate.") and (len(value) > CERTIFICATE_VALUE_LIMIT or not WILDCARDS_IN_CERTIFICATE.isdisjoint(value)):
            return None
        return value

    def _single_values(self) -> dict[str, str | None]:
        will = self.last_will_topic
        return {
            "iot:ClientId": self.client_id,
            "iot:CertificateId": self.certificate.id if self.certificate else None,
            "iot:LastWillTopic": None if will is None else f"arn:aws:iot:{self.region}:{self.account_id}:topic/{will}",
            "aws:SourceIp": self.source_ip,
        }

    def _thing_values(self, name: str) -> tuple[str, ...] | None:
        """Thing variables need a thing named like the client, with this certificate attached; IsAttached tells whether it is so."""
        thing = self.thing if self.thing and self.thing.attached and self.thing.name == self.client_id else None
        if name == "IsAttached":
            return ("true" if thing else "false",)
        if thing is None:
            return None
        if name.startswith("Attributes[") and name.endswith("]"):
            value = thing.attributes.get(name[len("Attributes[") : -1])
        else:
            value = {"ThingName": thing.name, "ThingTypeName": thing.type}.get(name)
        return None if value is None else (value,)

    def _certificate_values(self, name: str) -> tuple[str, ...] | None:
        """``SerialNumber``, or ``Subject.CommonName`` with nothing (the first value), ``.N`` (counted from 0) or ``.List``."""
        if self.certificate is None:
            return None
        if name == "SerialNumber":
            return None if self.certificate.serial_number is None else (self.certificate.serial_number,)
        part, _, rest = name.partition(".")
        attribute, _, index = rest.partition(".")
        values = self._certificate_part(part).get(attribute, ())[:CERTIFICATE_VALUES_LIMIT]
        if index == "List":
            return values or None
        position = int(index) if index.isdecimal() else (0 if not index else len(values))
        return (values[position],) if position < len(values) else None

    def _certificate_part(self, part: str) -> Mapping[str, tuple[str, ...]]:
        if self.certificate is None:
            return {}
        parts = {
            "Subject": self.certificate.subject,
            "Issuer": self.certificate.issuer,
            "SubjectAlternativeName": self.certificate.subject_alternative_name,
        }
        return parts.get(part, {})
