"""`kind: control`: the mutual-exclusion policy."""

from collections.abc import Collection, Iterator

from chalicelib.catalog.model import Conflict, Control, Verb
from dsl.diagnostics import Diagnostic, has_errors, suggest
from dsl.policies.model import ControlFile, SideSpec
from dsl.shape import Path, locate, locate_key, validate
from dsl.source import Node, load_source

_LATER = frozenset({Verb.COALESCE, Verb.REPLACE})


def compile_control(text: str, file: str, known: Collection[str]) -> tuple[Control | None, tuple[Diagnostic, ...]]:
    """Compile the control file; `known` holds the names of all workflows and atoms.

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
    checked = (*found, *_check(root, spec, lines, known))
    if has_errors(checked):
        return None, checked
    return Control(lines, spec.queue.limit, spec.queue.expires, spec.max_hops, spec.start_grace), checked


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
