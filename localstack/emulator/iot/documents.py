"""Policy documents and rule statements, read by the same code that the device gateway decides and routes with."""

from emulator.iot.errors import MalformedPolicyError, SqlParseError
from emulator.iot_core.policy import MalformedPolicy, parse_policy
from emulator.iot_core.sql import SqlError, compile_rule


def check_policy(text: str) -> None:
    """Raise MalformedPolicyError unless the text is an IoT policy."""
    try:
        parse_policy(text)
    except MalformedPolicy as error:
        raise MalformedPolicyError(f"Policy document is Malformed: {error}") from error


def check_sql(sql: str, version: str) -> None:
    """Raise SqlParseError, which names an unsupported function, unless the rules engine can run the statement."""
    try:
        compile_rule(sql, version)
    except SqlError as error:
        raise SqlParseError(str(error)) from error
