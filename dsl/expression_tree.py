"""What a JSONata syntax tree reads and calls: one walk, knowing what the expression binds itself."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable that is read, and the fixed field names that follow it."""

    name: str
    fields: tuple[str, ...]
    start: int
    """Offset of its `$` in the expression."""
    guards: frozenset[str]
    """Names that a condition around it has looked at first."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function that is called by name."""

    name: str
    start: int


def read_tree(ast: Any) -> tuple[tuple[Reference, ...], tuple[Call, ...], tuple[Call, ...]]:
    """Give the variables read, the functions called, and the field names that nothing comes before."""
    reader = _Reader()
    reader.visit(ast, frozenset(), frozenset(), has_context=False)
    return tuple(reader.references), tuple(reader.calls), tuple(reader.bare)


class _Reader:
    """Walks a syntax tree once. Its depth is bounded by the parser's own recursion."""

    def __init__(self) -> None:
        self.references: list[Reference] = []
        self.calls: list[Call] = []
        self.bare: list[Call] = []

    def visit(self, node: Any, bound: frozenset[str], guards: frozenset[str], *, has_context: bool) -> None:
        if node is None or isinstance(node, str | int | float | bool):
            return
        if isinstance(node, list | tuple):
            for one in node:
                self.visit(one, bound, guards, has_context=has_context)
            return
        visit = getattr(self, f"_visit_{node.type}", None) if isinstance(getattr(node, "type", None), str) else None
        if visit is not None:
            visit(node, bound, guards, has_context)
        else:
            self._visit_parts(node, bound, guards, has_context)
        self._visit_after(node, bound, guards)

    def _visit_after(self, node: Any, bound: frozenset[str], guards: frozenset[str]) -> None:
        """Predicates, grouping and sorting see each item as their context."""
        for name in ("predicate", "stages", "group"):
            self.visit(getattr(node, name, None), bound, guards, has_context=True)

    def _visit_parts(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        for name in (
            "lhs",
            "rhs",
            "expression",
            "expressions",
            "expr",
            "arguments",
            "lhs_object",
            "pattern",
            "update",
            "delete",
            "terms",
            "procedure",
        ):
            self.visit(getattr(node, name, None), bound, guards, has_context=has_context or node.type == "filter")

    def _visit_variable(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        del has_context
        self._refer(node, (), bound, guards)

    def _refer(self, node: Any, fields: tuple[str, ...], bound: frozenset[str], guards: frozenset[str]) -> None:
        name = str(node.value)
        if name in bound or name == "":
            return
        start = max(0, (node.position or 0) - len(name) - 1)
        self.references.append(Reference(name, fields, start, guards))

    def _visit_name(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        del bound, guards
        if not has_context:
            name = str(node.value)
            self.bare.append(Call(name, max(0, (node.position or 0) - len(name))))

    def _visit_path(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        first, *rest = node.steps
        inner = set(bound)
        for step in node.steps:
            inner |= {
                name for name in (getattr(step, "focus", None), getattr(step, "index", None)) if isinstance(name, str)
            }
        if getattr(first, "type", None) == "variable":
            self._refer(first, _fixed_fields(rest), bound, guards)
            self._visit_after(first, frozenset(inner), guards)
        else:
            self.visit(first, bound, guards, has_context=has_context)
        for step in rest:
            self.visit(step, frozenset(inner), guards, has_context=True)

    def _visit_block(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        for one in node.expressions:
            self.visit(one, bound, guards, has_context=has_context)
            if getattr(one, "type", None) == "bind":
                bound = bound | {str(one.lhs.value)}

    def _visit_bind(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        # A function may call itself by the name it is bound to.
        self.visit(node.rhs, bound | {str(node.lhs.value)}, guards, has_context=has_context)

    def _visit_lambda(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        inner = bound | {str(one.value) for one in node.arguments}
        self.visit(node.body, inner, guards, has_context=has_context)

    def _visit_function(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        self._visit_procedure(node.procedure, bound, guards, has_context)
        looked_at = _looked_at(node)
        self.visit(node.arguments, bound, guards | looked_at, has_context=has_context)

    _visit_partial = _visit_function

    def _visit_procedure(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        if getattr(node, "type", None) == "variable":
            name = str(node.value)
            if name not in bound:
                self.calls.append(Call(name, max(0, (node.position or 0) - len(name) - 1)))
        else:
            self.visit(node, bound, guards, has_context=has_context)

    def _visit_apply(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        self.visit(node.lhs, bound, guards, has_context=has_context)
        self._visit_procedure(node.rhs, bound, guards, has_context)

    def _visit_condition(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        looked_at = self._visit_guard(node.condition, bound, guards, has_context=has_context)
        for part in (node.then, getattr(node, "_else", None)):
            self.visit(part, bound, guards | looked_at, has_context=has_context)

    def _visit_binary(self, node: Any, bound: frozenset[str], guards: frozenset[str], has_context: bool) -> None:  # noqa: FBT001
        if node.value in {"and", "or"}:
            looked_at = self._visit_guard(node.lhs, bound, guards, has_context=has_context)
            self.visit(node.rhs, bound, guards | looked_at, has_context=has_context)
        else:
            self.visit([node.lhs, node.rhs], bound, guards, has_context=has_context)

    def _visit_guard(
        self, node: Any, bound: frozenset[str], guards: frozenset[str], *, has_context: bool
    ) -> frozenset[str]:
        before = len(self.references)
        self.visit(node, bound, guards, has_context=has_context)
        return frozenset(one.name for one in self.references[before:] if not one.fields or one.name in one.guards)


def _looked_at(node: Any) -> frozenset[str]:
    """`$exists($a.b)` asks whether there is anything to read, so it may read a null."""
    if getattr(node.procedure, "value", None) not in {"exists", "boolean", "not", "string", "type"}:
        return frozenset()
    names = set()
    for argument in node.arguments or ():
        head = argument.steps[0] if getattr(argument, "type", None) == "path" else argument
        if getattr(head, "type", None) == "variable":
            names.add(str(head.value))
    return frozenset(names)


def _fixed_fields(steps: list[Any]) -> tuple[str, ...]:
    fields = []
    for step in steps:
        if getattr(step, "type", None) != "name":
            break
        fields.append(str(step.value))
    return tuple(fields)
