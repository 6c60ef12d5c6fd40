"""Why a statement is refused when its rule is created. Evaluation has no errors: what cannot be computed is Undefined.

SqlError
└── UnsupportedFunction
"""


class SqlError(ValueError):
    """The statement cannot be used; the message says why and where."""


class UnsupportedFunction(SqlError):  # noqa: N818 - names what is wrong
    """The statement calls a function that is unknown, or not available here or in this SQL version."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"function {name}() {reason}")
        self.name = name
