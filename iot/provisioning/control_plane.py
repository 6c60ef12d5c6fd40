"""What provisioning needs of AWS IoT's control plane: things, certificates, and what ties them together.

Every operation may be repeated: AWS's own calls are idempotent for the same values, and the rest is made so here.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iot.errors import NotFound
from iot.provisioning.clients import vendor_errors

if TYPE_CHECKING:
    from mypy_boto3_iot import IoTClient

_PAGE = 250
"""The largest page that the list operations give."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate in the control plane; its id is the SHA-256 of its DER form."""

    certificate_id: str
    arn: str
    pem: str


class IotControlPlane:
    """AWS IoT through boto3, for one policy."""

    def __init__(self, client: "IoTClient", policy: str, thing_type: str) -> None:
        self._client = client
        self._policy = policy
        self._thing_type = thing_type

    def tenant_of(self, device_id: str) -> str | None:
        """The tenant that the thing belongs to; None when there is no such thing."""
        try:
            with vendor_errors(f"reading thing {device_id}"):
                return self._client.describe_thing(thingName=device_id).get("attributes", {}).get("tenant", "")
        except NotFound:
            return None

    def require_policy(self) -> None:
        """Raises `ProvisioningError` when the device policy is not deployed: a device without it could do nothing."""
        with vendor_errors(f"reading policy {self._policy} (is the stack deployed?)"):
            self._client.get_policy(policyName=self._policy)

    def has_thing_type(self) -> bool:
        """Whether the stage declares the thing type; it is optional."""
        try:
            with vendor_errors(f"reading thing type {self._thing_type}"):
                self._client.describe_thing_type(thingTypeName=self._thing_type)
        except NotFound:
            return False
        return True

    def create_thing(self, device_id: str, tenant_id: str, typed: bool) -> None:
        """Creates the thing, or finds it there with the same attributes."""
        extra: dict[str, Any] = {"thingTypeName": self._thing_type} if typed else {}
        with vendor_errors(f"creating thing {device_id}"):
            self._client.create_thing(thingName=device_id, attributePayload={"attributes": {"tenant": tenant_id}}, **extra)

    def create_certificate(self, request_pem: str) -> Certificate:
        """A new certificate, inactive: it opens nothing until `activate`."""
        with vendor_errors("creating a certificate"):
            made = self._client.create_certificate_from_csr(certificateSigningRequest=request_pem, setAsActive=False)
        return Certificate(made["certificateId"], made["certificateArn"], made["certificatePem"])

    def register_certificate(self, certificate_id: str, pem: str) -> str:
        """Puts a certificate that was issued before back, active, and answers its ARN; its id comes from its content."""
        with vendor_errors(f"registering certificate {certificate_id[:12]}"):
            try:
                return self._client.register_certificate_without_ca(certificatePem=pem, status="ACTIVE")["certificateArn"]
            except self._client.exceptions.ResourceAlreadyExistsException:
                # It is there, maybe inactive: an interrupted run left it so.
                self.activate(certificate_id)
        return self.certificate_arn(certificate_id)

    def certificate_arn(self, certificate_id: str) -> str:
        """The ARN of a certificate; raises `NotFound`."""
        with vendor_errors(f"reading certificate {certificate_id[:12]}"):
            found = self._client.describe_certificate(certificateId=certificate_id)
        return found["certificateDescription"]["certificateArn"]

    def unrevoked_arn(self, certificate_id: str) -> str | None:
        """The ARN of a certificate that is there and not revoked, else None."""
        try:
            with vendor_errors(f"reading certificate {certificate_id[:12]}"):
                found = self._client.describe_certificate(certificateId=certificate_id)["certificateDescription"]
        except NotFound:
            return None
        return None if found["status"] == "REVOKED" else found["certificateArn"]

    def attach(self, certificate_arn: str, device_id: str) -> None:
        """Ties the certificate to its thing and then to the policy, so that a certificate with the policy is complete."""
        with vendor_errors(f"attaching the certificate of {device_id}"):
            self._client.attach_thing_principal(thingName=device_id, principal=certificate_arn)
            self._client.attach_policy(policyName=self._policy, target=certificate_arn)

    def activate(self, certificate_id: str) -> None:
        """Lets the certificate connect."""
        with vendor_errors(f"activating certificate {certificate_id[:12]}"):
            self._client.update_certificate(certificateId=certificate_id, newStatus="ACTIVE")

    def certificates_of(self, device_id: str) -> list[str]:
        """ARNs of the certificates that are attached to the thing; none when there is no thing."""
        try:
            with vendor_errors(f"listing the certificates of {device_id}"):
                principals = self._client.list_thing_principals(thingName=device_id)["principals"]
        except NotFound:
            return []
        return [arn for arn in principals if ":cert/" in arn]

    def end_certificate(self, certificate_arn: str, device_id: str) -> None:
        """Revokes the certificate first, since that is what closes the door, then unties it."""
        certificate_id = certificate_arn.rsplit("/", 1)[-1]
        with vendor_errors(f"revoking certificate {certificate_id[:12]} of {device_id}"):
            self._client.update_certificate(certificateId=certificate_id, newStatus="REVOKED")
        with suppress(NotFound), vendor_errors(f"detaching the policy of {device_id}"):
            self._client.detach_policy(policyName=self._policy, target=certificate_arn)
        with suppress(NotFound), vendor_errors(f"detaching the certificate of {device_id}"):
            self._client.detach_thing_principal(thingName=device_id, principal=certificate_arn)

    def thing_names(self) -> set[str]:
        """All things."""
        with vendor_errors("listing things"):
            pages = self._client.get_paginator("list_things").paginate(PaginationConfig={"PageSize": _PAGE})
            return {thing["thingName"] for page in pages for thing in page["things"]}

    def certificate_states(self) -> dict[str, str]:
        """Certificate ids and their states: ACTIVE, INACTIVE, REVOKED and the rarer ones."""
        with vendor_errors("listing certificates"):
            pages = self._client.get_paginator("list_certificates").paginate(PaginationConfig={"PageSize": _PAGE})
            return {item["certificateId"]: item["status"] for page in pages for item in page["certificates"]}

    def certificates_with_policy(self) -> set[str]:
        """Ids of the certificates that the policy is attached to."""
        with vendor_errors(f"listing the targets of policy {self._policy}"):
            pages = self._client.get_paginator("list_targets_for_policy").paginate(
                policyName=self._policy, PaginationConfig={"PageSize": _PAGE}
            )
            return {arn.rsplit("/", 1)[-1] for page in pages for arn in page["targets"]}
