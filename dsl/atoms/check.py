"""What every atom must keep to that is not the library's own, so that compiler, control and roles can rely on it."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import chalicelib.atoms.errors as library_errors
from chalicelib.atoms.contract import Idempotency, Permission
from chalicelib.atoms.errors import AtomError
from dsl.analysis import AnyAtom
from dsl.atoms.example import HEAD_LINES, write_example
from dsl.compile import compile_workflow
from dsl.diagnostics import suggest
from dsl.shape import Path
from dsl.source import load_source

WELL_KNOWN: Mapping[str, type[AtomError]] = {
    name: one
    for name, one in vars(library_errors).items()
    if isinstance(one, type) and issubclass(one, AtomError) and one is not AtomError
}
"""Errors whose names mean the same for every atom."""

_LONGEST_S = 900
_KIND = re.compile(r"[a-z][a-z_]*\Z")
_HOLE = re.compile(r"\{(\w+)(?:\[\])?\}")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+\Z")
_AWS_HOLE = re.compile(r"\$\{(partition|region|account)\}")
_ERROR = re.compile(r"[A-Za-z_][A-Za-z0-9_.$]*\Z")
_WITH_SLASH = ("a/b", "/", "a/", "i-0a/b", "1/2")


class Fault(NamedTuple):
    """A mistake in one field of an atom's contract."""

    field: Path
    code: str
    message: str
    hint: str | None = None


def check_atom(atom: AnyAtom, atoms: Mapping[str, AnyAtom]) -> Iterator[Fault]:
    """Find what is wrong with an atom; `atoms` are all there are, this one among them."""
    yield from _check_touches(atom)
    yield from _check_times(atom)
    yield from _check_undo(atom, atoms)
    yield from _check_errors(atom)
    for index, one in enumerate(atom.permissions):
        yield from _check_permission(one, ("permissions", index))
    if atom.mutating and atom.idempotency is Idempotency.NONE:
        message = f"{atom.name} changes something, so a repeat must do no harm"
        yield Fault(("idempotent",), "E859", message, "write check_first, client_token or natural, and keep it")


def check_example(atom: AnyAtom, atoms: Mapping[str, AnyAtom]) -> Iterator[Fault]:
    """Compile the example. Its atoms must be without mistakes of their own."""
    text = write_example(atom)
    root, found = load_source(text, "example")
    steps = (root.plain().get("steps") if root is not None else None) or [{}]
    if not found and (len(steps) != 1 or not isinstance(steps[0], dict) or steps[0].get("atom") != atom.name):
        hint = f"write one step with atom: {atom.name}"
        yield Fault(("example",), "E858", f"the example is not one step of {atom.name}", hint)
        return
    for one in compile_workflow(text, "example", atoms).diagnostics:
        where = f"line {one.span.line - HEAD_LINES} of the example" if one.span.line > HEAD_LINES else "the example"
        yield Fault(("example",), "E858", f"{where}: {one.message}", one.hint)


def _check_touches(atom: AnyAtom) -> Iterator[Fault]:
    strongest = max((one.intent.rank for one in atom.touches), default=0)
    if strongest != atom.intent.rank:
        does = "touches nothing" if not atom.touches else "touches no object so strongly"
        yield Fault(
            ("intent",), "E854", f"the intent is {atom.intent}, and it {does}", "make `intent` and `touches` agree"
        )
    schema = atom.input.model_json_schema()
    for index, touched in enumerate(atom.touches):
        kind, _, name = touched.object.partition("/")
        holes = _HOLE.findall(name)
        if not _KIND.match(kind) or not holes or "/" in name:
            yield Fault(
                ("touches", index, "object"),
                "E853",
                f"{touched.object!r} is not kind/{{field}}",
                "e.g. host/{instance_id}",
            )
        for hole in holes:
            at: Path = ("touches", index, "object")
            field = schema.get("properties", {}).get(hole)
            if field is None or hole not in schema.get("required", ()):
                hint = suggest(hole, schema.get("properties", ())) or "require it in `input`"
                yield Fault(at, "E853", f"`{hole}` is no required field of the input", hint)
            elif not _refuses_slash(field.get("items", field) if "[]" in name else field):
                hint = "for example pattern: ^[A-Za-z0-9_-]+$"
                yield Fault(at, "E853", f"`{hole}` has no pattern that keeps slashes out", hint)


def _refuses_slash(field: Mapping[str, object]) -> bool:
    pattern = field.get("pattern")
    if not isinstance(pattern, str):
        return isinstance(field.get("enum"), list)
    return "/" not in pattern and not any(re.search(pattern, sample) for sample in _WITH_SLASH)


def _check_times(atom: AnyAtom) -> Iterator[Fault]:
    if atom.timeout_s > _LONGEST_S:
        yield Fault(
            ("timeout",), "E855", "a Lambda function runs for 15 minutes at most", "start it, and wait in a step"
        )
    if atom.mutating and atom.effect_timeout_s < atom.timeout_s:
        message = f"its effect may go on for {atom.effect_timeout_s} s, and its function alone for {atom.timeout_s} s"
        yield Fault(("effect_timeout",), "E855", message, f"write {atom.timeout_s}s or more")
    if not atom.mutating and atom.effect_timeout_s:
        yield Fault(("effect_timeout",), "E855", "what only observes has no effect", "remove `effect_timeout`")


def _check_undo(atom: AnyAtom, atoms: Mapping[str, AnyAtom]) -> Iterator[Fault]:
    if atom.undo is None:
        return
    other = atoms.get(atom.undo)
    if other is None:
        yield Fault(("undo",), "E856", f"there is no atom {atom.undo!r}", suggest(atom.undo, atoms))
        return
    if not other.mutating:
        yield Fault(("undo",), "E856", f"{atom.undo} only observes, so it takes nothing back")
    has = atom.input.model_json_schema().get("properties", {})
    lacks = [name for name in other.input.model_json_schema().get("required", ()) if name not in has]
    if lacks:
        yield Fault(("undo",), "E856", f"{atom.undo} needs {', '.join(lacks)}, which {atom.name} has not")


def _check_errors(atom: AnyAtom) -> Iterator[Fault]:
    names: set[str] = set()
    for index, error in enumerate(atom.errors):
        name = error.__name__
        at: Path = ("errors", index)
        if not _ERROR.match(name) or name.startswith(("States.", "Lambda.")):
            hint = "write the name that the function raises; States. and Lambda. are AWS's own"
            yield Fault(at, "E857", f"an error cannot be called {name!r}", hint)
        if name in names:
            yield Fault(at, "E857", f"{name} is declared twice", "remove one")
        names.add(name)
        known = WELL_KNOWN.get(name)
        means = (error.transient, error.nothing_done)
        if known is not None and means != (known.transient, known.nothing_done):
            said = f"transient: {_yes(known.transient)}, nothing_done: {_yes(known.nothing_done)}"
            yield Fault(at, "E857", f"{name} means {said} for every atom", f"write only {name}, or another name")


def _yes(value: bool) -> str:  # noqa: FBT001 - the one thing it writes
    return "true" if value else "false"


def _check_permission(permission: Permission, path: Path) -> Iterator[Fault]:
    for index, action in enumerate(permission.actions):
        if not _ACTION.match(action):
            at = (*path, "actions", index)
            yield Fault(at, "E861", f"{action!r} is not one action", "write service:Action, each its own entry")
    rest = _AWS_HOLE.sub("x", permission.resource)
    if permission.resource != "*" and ("${" in rest or not rest.startswith("arn:")):
        hint = "holes are ${partition}, ${region} and ${account}"
        yield Fault((*path, "resource"), "E861", f"{permission.resource!r} is no ARN", hint)
