"""`kind: control`: the mutual-exclusion policy."""

from collections.abc import Collection, Iterator

from chalicelib.catalog.model import Budget, Conflict, Control, Verb
from dsl.diagnostics import Diagnostic, has_errors, suggest
from dsl.policies.approval import Named, check_approvals, compile_approval
from dsl.policies.model import BudgetSpec, ControlFile, SideSpec
from dsl.policies.services import Services
from dsl.shape import Path, locate, locate_key, validate
from dsl.source import Node, load_source

_LATER = frozenset({Verb.COALESCE, Verb.REPLACE})
_ANY = Conflict((), (), (), (), Verb.REJECT)


def compile_control(
    text: str, file: str, known: Collection[str], named: Named | None = None
) -> tuple[Control | None, tuple[Diagnostic, ...]]:
    """Compile the control file; `known` holds the names of all workflows and atoms, `named` what else it may name.

    Gives None with at least one error; never raises for a user's text.
    """
    root, found = load_source(text, file)
    if root is None:
        return None, found
    spec, shape = validate(root, ControlFile)
    if spec is None:
        return None, (*found, *shape)
    lines = tuple(
        Conflict(
            one.running.intent or (), one.incoming.intent or (),
            one.running.workflow or (), one.incoming.workflow or (), one.verb,
        )
        for one in spec.conflicts
    )  # fmt: skip
    checked = (*found, *_check(root, spec, lines, known), *check_approvals(root, spec.approval, named or Named(known)))
    if has_errors(checked):
        return None, checked
    control = Control(
        lines, spec.queue.limit, spec.queue.expires, spec.max_hops, spec.start_grace,
        budgets=tuple(_compile_budget(one) for one in spec.budgets), down=spec.states.down, gone=spec.states.gone,
        group_queue_limit=spec.queue.group_limit, approvals=tuple(map(compile_approval, spec.approval)),
    )  # fmt: skip
    return control, checked


def check_groups(text: str, file: str, control: Control, services: Services) -> Iterator[Diagnostic]:
    """E914: a budget that is only for a service or tier that does not exist."""
    root, _ = load_source(text, file)
    known = {"service": [one.name for one in services.services], "tier": [one.name for one in services.tiers]}
    for index, budget in enumerate(control.budgets):
        for position, name in enumerate(budget.only if budget.scope in known else ()):
            names = known[budget.scope]
            if name not in names and root is not None:
                span = locate(root, ("budgets", index, "only", position))
                hint = suggest(name, names) or f"there are: {', '.join(names) or 'none'}"
                yield Diagnostic("E914", f"there is no {budget.scope} {name!r}", span, hint)


def _compile_budget(spec: BudgetSpec) -> Budget:
    percent = spec.at_most.percent
    return Budget(
        spec.name, spec.scope, spec.only or (), spec.objects, spec.intent,
        spec.at_most.count or 0 if percent is None else percent, percent is not None, spec.verb,
    )  # fmt: skip


def _check(root: Node, spec: ControlFile, lines: tuple[Conflict, ...], known: Collection[str]) -> Iterator[Diagnostic]:
    for index, line in enumerate(spec.conflicts):
        path: Path = ("conflicts", index)
        yield from _check_names(root, (*path, "running"), line.running, known)
        yield from _check_names(root, (*path, "incoming"), line.incoming, known)
        if line.verb in _LATER:
            message = f"`{line.verb}` is not supported in this version"
            yield Diagnostic("E904", message, locate(root, (*path, "verb")), "write allow, queue or reject")
        earlier = next((one for one in range(index) if _covers(lines[one], lines[index])), None)
        if earlier is not None:
            message = f"this line is never reached: line {earlier + 1} of the list fits all that it fits"
            yield Diagnostic("E905", message, locate_key(root, path), "move it up or remove it")
    if not any(_covers(one, _ANY) for one in lines):
        message = "the list has no default: nothing says what becomes of a pair that no line fits"
        hint = "end it with a line that fits everything: `- verb: reject`"
        yield Diagnostic("E912", message, locate_key(root, ("conflicts",)), hint)
    names = [one.name for one in spec.budgets]
    for index, name in enumerate(names):
        if name in names[:index]:
            span = locate(root, ("budgets", index, "name"))
            yield Diagnostic("E902", f"the budget {name!r} is listed twice", span, "rename one of them")


def _check_names(root: Node, path: Path, side: SideSpec, known: Collection[str]) -> Iterator[Diagnostic]:
    for index, name in enumerate(side.workflow or ()):
        if name not in known:
            span = locate(root, (*path, "workflow", index))
            yield Diagnostic("E903", f"no workflow or atom is called {name!r}", span, suggest(name, known))


def _covers(one: Conflict, other: Conflict) -> bool:
    sides = (
        (one.running_intents, other.running_intents),
        (one.incoming_intents, other.incoming_intents),
        (one.running_workflows, other.running_workflows),
        (one.incoming_workflows, other.incoming_workflows),
    )
    return all(not wide or (narrow and set(narrow) <= set(wide)) for wide, narrow in sides)
