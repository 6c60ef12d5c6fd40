"""Users' attributes: the standard ones, the pool's own, and what each may hold.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html.
"""

from collections.abc import Iterable
from typing import Any

from emulator.cognito.call import Document
from emulator.cognito.errors import InvalidParameterError

_TEXTS = (
    "sub",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "address",
)
_BOOLEANS = ("email_verified", "phone_number_verified")
_NOT_CONFORMING = "Attributes did not conform to the schema"


def schema(settings: Document) -> list[Document]:
    """The attributes of a pool with these settings, in the shape of DescribeUserPool's SchemaAttributes."""
    declared = {str(attribute["Name"]): attribute for attribute in settings.get("Schema", [])}
    standard = [_standard(name, declared.pop(name, {})) for name in (*_TEXTS, *_BOOLEANS, "updated_at")]
    return [*standard, *(_custom(attribute) for attribute in declared.values())]


def texts(listed: Iterable[dict[str, str]]) -> dict[str, str]:
    """AttributeType objects by name; one without a value is empty."""
    return {attribute["Name"]: attribute.get("Value", "") for attribute in listed}


def listed(attributes: dict[str, str]) -> list[dict[str, str]]:
    """Attributes as answers carry them."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def check(settings: Document, given: dict[str, str]) -> None:
    """Raise InvalidParameterError for an attribute that the pool does not have or a value that its rule forbids."""
    known = {attribute["Name"]: attribute for attribute in schema(settings)}
    for name, value in given.items():
        if name not in known:
            raise InvalidParameterError(f"{_NOT_CONFORMING}: Type for attribute {{{name}}} could not be determined")
        _check_value(known[name], value)


def check_required(settings: Document, attributes: dict[str, str]) -> None:
    """Raise InvalidParameterError when a required attribute is missing."""
    for attribute in schema(settings):
        name = attribute["Name"]
        if attribute["Required"] and name != "sub" and not attributes.get(name):
            raise InvalidParameterError(f"{_NOT_CONFORMING}: {name}: The attribute is required")


def check_mutable(settings: Document, changes: Iterable[str]) -> None:
    """Raise InvalidParameterError when one of these is set once and for all."""
    mutable = {attribute["Name"]: attribute["Mutable"] for attribute in schema(settings)}
    for name in changes:
        if not mutable.get(name, True):
            raise InvalidParameterError(f"user.{name}: Attribute cannot be updated.")


def _standard(name: str, declared: Document) -> Document:
    kind = "Boolean" if name in _BOOLEANS else "Number" if name == "updated_at" else "String"
    rule = {"String": {"StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"}}}.get(kind, {})
    settled = {
        "Name": name,
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": False,
        "Mutable": name != "sub",
        "Required": name == "sub",
    }
    return settled | rule | declared


def _custom(declared: Document) -> Document:
    settled = {"AttributeDataType": "String", "DeveloperOnlyAttribute": False, "Mutable": True, "Required": False}
    return settled | declared | {"Name": f"custom:{declared['Name']}"}


def _check_value(attribute: Document, value: str) -> None:
    kind, name = attribute["AttributeDataType"], attribute["Name"]
    if kind == "Boolean" and value not in {"true", "false"}:
        raise InvalidParameterError(f"{_NOT_CONFORMING}: {name}: Attribute value must be true or false")
    if kind == "String":
        _check_range(name, len(value), attribute.get("StringAttributeConstraints", {}), "Length")
    if kind == "Number":
        if not value.lstrip("-").isdecimal():
            raise InvalidParameterError(f"{_NOT_CONFORMING}: {name}: Attribute value must be a number")
        _check_range(name, int(value), attribute.get("NumberAttributeConstraints", {}), "Value")


def _check_range(name: str, size: int, rule: dict[str, Any], what: str) -> None:
    smallest, largest = rule.get(f"Min{what}"), rule.get(f"Max{what}")
    noun = "String" if what == "Length" else "Value"
    if smallest is not None and size < int(smallest):
        raise InvalidParameterError(f"{_NOT_CONFORMING}: {name}: {noun} must be at least {smallest}{_unit(what)}")
    if largest is not None and size > int(largest):
        raise InvalidParameterError(f"{_NOT_CONFORMING}: {name}: {noun} must be no more than {largest}{_unit(what)}")


def _unit(what: str) -> str:
    return " characters long" if what == "Length" else ""
