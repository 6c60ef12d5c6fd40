"""The functions of rule SQL, by theme. Source: the page "Functions"; a sentence of it stands where an implementation needs it.

``FUNCTIONS`` is the table that the compiler reads; a function that is in none of the tables is refused by name when its rule is created.
"""

from collections.abc import Mapping

from emulator.iot_core.sql.functions import encoding, hashing, maths, origin, strings, time, types
from emulator.iot_core.sql.functions.function import Function

__all__ = ["EXTERNAL", "FUNCTIONS", "Function"]

FUNCTIONS: Mapping[str, Function] = {
    **maths.FUNCTIONS,
    **strings.FUNCTIONS,
    **types.FUNCTIONS,
    **encoding.FUNCTIONS,
    **hashing.FUNCTIONS,
    **time.FUNCTIONS,
    **origin.FUNCTIONS,
}

# Functions that exist on AWS and ask another service, or need what this gateway does not carry, and what that is.
EXTERNAL: Mapping[str, str] = {
    "aws_lambda": "the Lambda service while the rule is evaluated",
    "get_dynamodb": "the DynamoDB service while the rule is evaluated",
    "get_mqtt_property": "the properties of MQTT 5",
    "get_registry_data": "the registry while the rule is evaluated",
    "get_secret": "the Secrets Manager service while the rule is evaluated",
    "get_thing_shadow": "the shadow service while the rule is evaluated",
    "get_user_properties": "the properties of MQTT 5",
    "machinelearning_predict": "the Machine Learning service while the rule is evaluated",
    "md2": "a hash that is long broken and in no library",
}
