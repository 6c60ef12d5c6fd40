"""From syntax tree to closures, once for a rule: evaluating then costs little more than the functions' own work."""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.iot_core.sql.ast import (
    ArrayLiteral,
    Call,
    Case,
    Conversion,
    Expression,
    Literal,
    Member,
    Name,
    Negation,
    ObjectLiteral,
    Operation,
    Query,
    Star,
    Variable,
)
from emulator.iot_core.sql.errors import SqlError, UnsupportedFunction
from emulator.iot_core.sql.functions import EXTERNAL, FUNCTIONS, Function
from emulator.iot_core.sql.functions.types import CASTS
from emulator.iot_core.sql.message import Scope
from emulator.iot_core.sql.operators import BINARY, UNARY
from emulator.iot_core.sql.selection import Evaluate, Selected
from emulator.iot_core.sql.values import UNDEFINED, Value, equal

V1, V2 = "2015-10-08", "2016-03-23"
VERSIONS = frozenset({V1, V2, "beta", "2016-03-23-beta"})
NESTING_LIMIT = 150  # each level is a Python call when the rule is evaluated


class Compiler:
    """Compiles expressions of one rule. ``variables``: the names that SET has defined so far."""

    def __init__(self, version: str, variables: set[str]) -> None:
        self._version = version
        self._variables = variables
        self._depth = 0

    def compile(self, expression: Expression) -> Evaluate:
        """A function that evaluates ``expression`` in a scope. Raises SqlError; UnsupportedFunction names the function."""
        if self._depth >= NESTING_LIMIT:
            raise SqlError(f"expressions are nested more than {NESTING_LIMIT} deep")
        self._depth += 1
        try:
            return COMPILERS[type(expression)](self, expression)
        finally:
            self._depth -= 1

    def literal(self, node: Literal) -> Evaluate:
        """A constant."""
        value = node.value
        return lambda _: value

    def field(self, node: Name) -> Evaluate:
        """A field."""
        name = node.name
        return lambda scope: scope.lookup(name)

    def member(self, node: Member) -> Evaluate:
        """A member of an object; of anything else, Undefined."""
        target, name = self.compile(node.target), node.name

        def read(scope: Scope) -> Value:
            value = target(scope)
            return value.get(name, UNDEFINED) if isinstance(value, dict) else UNDEFINED

        return read

    def variable(self, node: Variable) -> Evaluate:
        """A variable of SET."""
        name = node.name
        if name not in self._variables:
            raise SqlError(f"variable @{name} is not defined by SET")
        return lambda scope: scope.variables[name]

    def star(self, _: Star) -> Evaluate:
        """The payload's raw bytes, JSON or not."""
        return lambda scope: scope.message.payload

    def negation(self, node: Negation) -> Evaluate:
        """A unary operator."""
        operand, apply = self.compile(node.operand), UNARY[node.operator]
        return lambda scope: apply(operand(scope))

    def operation(self, node: Operation) -> Evaluate:
        """A binary operator: both sides are always evaluated, for an Undefined one decides."""
        left, right, apply = self.compile(node.left), self.compile(node.right), BINARY[node.operator]
        return lambda scope: apply(left(scope), right(scope))

    def case(self, node: Case) -> Evaluate:
        """CASE: an Undefined subject makes it Undefined, even with ELSE."""
        subject = self.compile(node.subject)
        branches = [(self.compile(test), self.compile(result)) for test, result in node.branches]
        default = self.compile(node.default if node.default is not None else Literal(UNDEFINED))

        def choose(scope: Scope) -> Value:
            value = subject(scope)
            if value is UNDEFINED:
                return UNDEFINED
            return next((result for test, result in branches if equal(value, test(scope))), default)(scope)

        return choose

    def array(self, node: ArrayLiteral) -> Evaluate:
        """An array, without its Undefined items."""
        self._needs_v2("array literals")
        items = [self.compile(item) for item in node.items]
        return lambda scope: [value for item in items if (value := item(scope)) is not UNDEFINED]

    def object(self, node: ObjectLiteral) -> Evaluate:
        """An object, without its Undefined members."""
        self._needs_v2("object literals")
        members = [(key, self.compile(value)) for key, value in node.members]
        return lambda scope: {key: value for key, member in members if (value := member(scope)) is not UNDEFINED}

    def conversion(self, node: Conversion) -> Evaluate:
        """cast()."""
        if node.type not in CASTS:
            raise SqlError(f"cast() knows no type {node.type!r}")
        operand, convert = self.compile(node.operand), CASTS[node.type]
        return lambda scope: convert(operand(scope))

    def query(self, node: Query) -> Evaluate:
        """A nested SELECT: an array's elements give an array, one object gives one value; WHERE leaves out."""
        self._needs_v2("nested queries")
        source, selected = self.compile(node.source), Selected(node.selection, self.compile)
        where = self.compile(node.where if node.where is not None else Literal(value=True))

        def select(scope: Scope) -> Value:
            found = source(scope)
            elements = found if isinstance(found, list) else [] if found is UNDEFINED else [found]
            inner = [scope.within(element) for element in elements]
            values = [value for each in inner if where(each) is True and (value := selected.value(each)) is not UNDEFINED]
            return values if isinstance(found, list) else values[0] if values else UNDEFINED

        return select

    def call(self, node: Call) -> Evaluate:
        """A function call; with a wrong number of arguments it is Undefined (page "Data types")."""
        function = self._function(node.function)
        if any(isinstance(argument, Star) for argument in node.arguments) and not function.takes_star:
            raise SqlError(f"function {node.function}() does not take * as an argument")
        arguments = [self.compile(argument) for argument in node.arguments]
        if not function.least <= len(arguments) <= function.most:
            return lambda _: UNDEFINED
        return function.bind(arguments)

    def _function(self, name: str) -> Function:
        if name == "sql_version":
            version = self._version
            return Function(lambda: version, 0, 0)
        if name in EXTERNAL:
            raise UnsupportedFunction(name, f"is not available here: it needs {EXTERNAL[name]}")
        if name not in FUNCTIONS:
            raise UnsupportedFunction(name, "is unknown")
        if self._version == V1 and FUNCTIONS[name].since_v2:
            raise UnsupportedFunction(name, f"needs SQL version {V2}")
        return FUNCTIONS[name]

    def _needs_v2(self, what: str) -> None:
        if self._version == V1:
            raise SqlError(f"{what} need SQL version {V2}")


COMPILERS: Mapping[type, Callable[[Compiler, Any], Evaluate]] = {
    Literal: Compiler.literal,
    Name: Compiler.field,
    Member: Compiler.member,
    Variable: Compiler.variable,
    Star: Compiler.star,
    Negation: Compiler.negation,
    Operation: Compiler.operation,
    Case: Compiler.case,
    ArrayLiteral: Compiler.array,
    ObjectLiteral: Compiler.object,
    Conversion: Compiler.conversion,
    Query: Compiler.query,
    Call: Compiler.call,
}
