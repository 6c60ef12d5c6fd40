"""The rules engine's SQL: parsed and compiled once when a rule is created, evaluated for each message. Pure.

``compile_rule`` → ``CompiledRule.evaluate(message)``. Source of every rule in here: the developer guide's "AWS IoT SQL reference".
"""

from emulator.iot_core.sql.errors import SqlError, UnsupportedFunction
from emulator.iot_core.sql.message import Message
from emulator.iot_core.sql.rule import CompiledRule, compile_rule

__all__ = ["CompiledRule", "Message", "SqlError", "UnsupportedFunction", "compile_rule"]
