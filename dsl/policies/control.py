"""`kind: control`: the mutual-exclusion policy."""

from collections.abc import Collection, Iterator
from itertools import chain

from chalicelib.catalog.model import Budget, Conflict, Control, Intent, Verb
from dsl.diagnostics import Diagnostic, has_errors, suggest
from dsl.policies.approval import Named, check_approvals, compile_approval
from dsl.policies.freezes import check_freezes, compile_freeze
from dsl.policies.model import BudgetSpec, ControlFile, SideSpec
from dsl.policies.services import Services
from dsl.shape import Path, locate, locate_key, read_file
from dsl.source import Node

REQUEST = "request"
"""What dispatches that somebody asked for have instead of a rule."""
_ANY = Conflict((), (), (), (), Verb.REJECT)


def compile_control(
    text: str, file: str, known: Collection[str], named: Named | None = None
) -> tuple[Control | None, tuple[Diagnostic, ...]]:
    """Compile the control file; `known` holds the names of all workflows and atoms, `named` what else it may name.

    Gives None with at least one error; never raises for a user's text.
    """
    root, spec, found = read_file(text, file, ControlFile)
    if root is None or spec is None:
        return None, found
    lines = tuple(
        Conflict(
            one.running.intent or (), one.incoming.intent or (),
            one.running.workflow or (), one.incoming.workflow or (), one.verb,
            one.running.rule or (), one.incoming.rule or (), one.running.tier or (), one.incoming.tier or (),
        )
        for one in spec.conflicts
    )  # fmt: skip
    checked = (
        *found,
        *_check(root, spec, lines, known),
        *check_approvals(root, spec.approval, named or Named(known)),
        *check_freezes(root, spec.freezes, named or Named(known)),
    )
    if has_errors(checked):
        return None, checked
    control = Control(
        lines, spec.queue.limit, spec.queue.expires, spec.max_hops, spec.start_grace,
        budgets=tuple(_compile_budget(one) for one in spec.budgets), down=spec.states.down, gone=spec.states.gone,
        group_queue_limit=spec.queue.group_limit, approvals=tuple(map(compile_approval, spec.approval)),
        ancestors={str(kind): intent for kind, intent in spec.ancestors.items()},
        freezes=tuple(map(compile_freeze, spec.freezes)),
    )  # fmt: skip
    return control, checked


def check_references(text: str, file: str, services: Services, rules: Collection[str]) -> Iterator[Diagnostic]:
    """E914: a budget or a line of the conflict list names a service, tier or rule that does not exist."""
    root, spec, _ = read_file(text, file, ControlFile)
    if root is None or spec is None:
        return
    known: dict[str, Collection[str]] = {
        "service": [one.name for one in services.services],
        "tier": [one.name for one in services.tiers],
        "rule": [*rules, REQUEST],
    }
    named: list[tuple[Path, str, tuple[str, ...]]] = [
        (("budgets", index, "only"), one.scope, one.only or ()) for index, one in enumerate(spec.budgets)
    ]
    for index, line in enumerate(spec.conflicts):
        for side, wanted in (("running", line.running), ("incoming", line.incoming)):
            named += [
                (("conflicts", index, side, "rule"), "rule", wanted.rule or ()),
                (("conflicts", index, side, "tier"), "tier", wanted.tier or ()),
            ]
    for path, kind, names in named:
        for position, name in enumerate(names if kind in known else ()):
            if name not in known[kind]:
                hint = suggest(name, known[kind]) or f"there are: {', '.join(known[kind]) or 'none'}"
                yield Diagnostic("E914", f"there is no {kind} {name!r}", locate(root, (*path, position)), hint)


def _compile_budget(spec: BudgetSpec) -> Budget:
    percent = spec.at_most.percent
    return Budget(
        spec.name, spec.scope, spec.only or (), spec.objects, spec.intent or Intent.DISRUPT,
        spec.at_most.count or 0 if percent is None else percent, percent is not None, Verb(spec.verb), spec.within or 0,
    )  # fmt: skip


def _check(root: Node, spec: ControlFile, lines: tuple[Conflict, ...], known: Collection[str]) -> Iterator[Diagnostic]:
    for index, line in enumerate(spec.conflicts):
        path: Path = ("conflicts", index)
        yield from _check_names(root, (*path, "running"), line.running, known)
        yield from _check_names(root, (*path, "incoming"), line.incoming, known)
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
    pairs = zip(chain(*one.limits), chain(*other.limits), strict=True)
    return all(not wide or (narrow and set(narrow) <= set(wide)) for wide, narrow in pairs)
