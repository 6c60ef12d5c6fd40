"""AWS IoT Core policies: parsed once, decided for each request. Pure.

``parse_policy`` reads a document; ``is_allowed`` decides one request; an ``Authorizer`` decides many for one connection and is what
a gateway keeps, because variables and conditions depend on the connection alone.
"""

from emulator.iot_core.policy.authorizer import Authorizer, is_allowed
from emulator.iot_core.policy.context import Action, Certificate, PolicyContext, Thing
from emulator.iot_core.policy.document import MalformedPolicy, Policy, Statement, parse_policy

__all__ = [
    "Action",
    "Authorizer",
    "Certificate",
    "MalformedPolicy",
    "Policy",
    "PolicyContext",
    "Statement",
    "Thing",
    "is_allowed",
    "parse_policy",
]
