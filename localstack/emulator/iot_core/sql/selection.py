"""What a SELECT makes of a scope: one value, or an object of the selected items with or without all that came in."""

from collections.abc import Callable

from emulator.iot_core.sql.ast import Expression, Selection
from emulator.iot_core.sql.message import Scope
from emulator.iot_core.sql.values import UNDEFINED, Value

type Evaluate = Callable[[Scope], Value]


class Selected:
    """A compiled selection. ``star``: everything that came in is part of it."""

    def __init__(self, selection: Selection, compile_expression: Callable[[Expression], Evaluate]) -> None:
        self.star = any(item.expression is None for item in selection.items)
        self._items = [(item.path, compile_expression(item.expression)) for item in selection.items if item.expression is not None]
        self.single = self._items[0][1] if selection.value and self._items else None
        self._flat = all(len(path) == 1 for path, _ in self._items)

    def value(self, scope: Scope) -> Value:
        """The selected value, names looked up in ``scope``. A ``*`` over something that is no object gives just that."""
        if self.single is not None:
            return self.single(scope)
        document = scope.document if self.star else {}
        return self.over(document, scope) if isinstance(document, dict) else document

    def added(self, scope: Scope) -> dict[str, Value]:
        """The selected items alone, as an object; Undefined ones are left out."""
        if self._flat:
            return {path[0]: value for path, item in self._items if (value := item(scope)) is not UNDEFINED}
        return self.over({}, scope)

    def over(self, document: dict[str, Value], scope: Scope) -> dict[str, Value]:
        """A copy of ``document`` with the selected items. They win; a path goes into the objects that are there."""
        result = dict(document)
        for path, item in self._items:
            value = item(scope)
            if value is not UNDEFINED:
                _place(result, path, value)
        return result


def _place(target: dict[str, Value], path: tuple[str, ...], value: Value) -> None:
    *parents, last = path
    for name in parents:
        inner = target.get(name)
        target[name] = inner = dict(inner) if isinstance(inner, dict) else {}
        target = inner
    target[last] = value
