"""`kind: atom` files to atoms like those of the library."""

import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import cast

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Permission, Touched
from chalicelib.atoms.errors import AtomError
from chalicelib.catalog.schema import list_faults
from dsl.analysis import AnyAtom
from dsl.atoms.check import WELL_KNOWN, Fault, check_atom, check_example
from dsl.atoms.json_schema import DeclaredInput, DeclaredOutput, Schema, check_root, make_model, normalize
from dsl.atoms.model import AtomFile, ErrorSpec, SchemaSpec
from dsl.diagnostics import Diagnostic, Span, has_errors, sort_diagnostics
from dsl.shape import locate, locate_key, read_file
from dsl.source import Node

_ARN = re.compile(
    r"arn:(aws[a-z-]*|\$\{partition\}):lambda:([a-z0-9-]+|\$\{region\}):(\d{12}|\$\{account\}):function:"
    r"([A-Za-z0-9_-]|\$\{stage\})+(:[A-Za-z0-9_-]+)?\Z"
)
Placer = Callable[[Fault], Span]
_ARN_EXAMPLE = "arn:${partition}:lambda:${region}:${account}:function:NAME"


class RunsElsewhere(Exception):
    """A declared atom was run here; only Step Functions invokes the function behind it."""


def declare_atoms(
    sources: Mapping[str, str], library: Mapping[str, AnyAtom]
) -> tuple[Mapping[str, AnyAtom], tuple[Diagnostic, ...]]:
    """Add the atoms that path -> text of `kind: atom` files declare to those there are.

    One with mistakes takes part as well as far as it can be read, so that what uses it is not called wrong, too.
    Deterministic, and never raises for a user's text.
    """
    declared: dict[str, AnyAtom] = {}
    roots: dict[str, Node] = {}
    found: list[Diagnostic] = []
    sound: list[str] = []
    for path in sorted(sources):
        root, atom, more = _declare(sources[path], path)
        found += more
        if atom is None or root is None:
            continue
        if atom.name in declared or atom.name in library:
            where = roots[atom.name].span.file if atom.name in declared else "the library"
            span = locate(root, ("name",))
            found.append(Diagnostic("E902", f"{atom.name!r} is already defined in {where}", span, "rename yours"))
            continue
        declared[atom.name], roots[atom.name] = atom, root
        sound += [] if has_errors(more) else [atom.name]
    atoms = join_atoms(declared, library)
    for name in sound:
        found += judge_atom(declared[name], atoms, partial(_place, roots[name]))
    return atoms, sort_diagnostics(found)


def join_atoms(own: Mapping[str, AnyAtom], library: Mapping[str, AnyAtom]) -> Mapping[str, AnyAtom]:
    """Give both as one, each atom still loaded only when it is asked for."""
    return ChainMap(cast("dict[str, AnyAtom]", own), cast("dict[str, AnyAtom]", library))


def judge_atom(atom: AnyAtom, atoms: Mapping[str, AnyAtom], place: Placer) -> Iterator[Diagnostic]:
    """Give what `check` finds in an atom as diagnostics, each where `place` says; the example last, if all else holds."""
    faults = list(check_atom(atom, atoms)) or list(check_example(atom, atoms))
    for fault in faults:
        yield Diagnostic(fault.code, fault.message, place(fault), fault.hint)


def _place(root: Node, fault: Fault) -> Span:
    return locate(root, fault.field)


def _declare(text: str, file: str) -> tuple[Node | None, AnyAtom | None, tuple[Diagnostic, ...]]:
    root, spec, found = read_file(text, file, AtomFile)
    if root is None or spec is None:
        return root, None, found
    mistakes = [*found, *_check_schemas(root, spec), *_check_function(root, spec), *_check_names(root, spec)]
    if has_errors(one for one in mistakes if one.code == "E851"):
        return root, None, tuple(mistakes)
    return root, _build(spec), tuple(mistakes)


def _check_schemas(root: Node, spec: AtomFile) -> Iterator[Diagnostic]:
    for field, schema in (("input", write_schema(spec.input)), ("output", write_schema(spec.output))):
        faults = list(check_root(schema))
        for one in faults:
            span = locate_key(root, (field, *one.path))
            yield Diagnostic("E851", one.message, span, one.hint)
        if not faults:
            yield from _check_defaults(root, field, normalize(schema))


def _check_defaults(root: Node, field: str, schema: Schema) -> Iterator[Diagnostic]:
    for name, inner in schema.get("properties", {}).items():
        for fault in list_faults(inner, inner["default"], name) if "default" in inner else ():
            span = locate(root, (field, "properties", name, "default"))
            yield Diagnostic("E851", f"the default does not fit: {fault}", span)


def _check_function(root: Node, spec: AtomFile) -> Iterator[Diagnostic]:
    if not _ARN.match(spec.function):
        message = f"{spec.function!r} is not the ARN of a Lambda function"
        yield Diagnostic("E852", message, locate(root, ("function",)), f"for example {_ARN_EXAMPLE}")


def _check_names(root: Node, spec: AtomFile) -> Iterator[Diagnostic]:
    for index, one in enumerate(spec.errors):
        if one.name not in WELL_KNOWN and one.transient is None:
            message = f"whether a retry after {one.name} may help is not said"
            yield Diagnostic("E857", message, locate(root, ("errors", index)), "add transient: true or false")


def _build(spec: AtomFile) -> AnyAtom:
    title = "".join(part.capitalize() for part in re.split(r"[._]", spec.name))
    return Atom(
        name=spec.name,
        version=spec.version,
        summary=spec.summary,
        input=make_model(f"{title}Input", normalize(write_schema(spec.input)), DeclaredInput),
        output=make_model(f"{title}Output", normalize(write_schema(spec.output)), DeclaredOutput),
        intent=spec.intent,
        touches=tuple(Touched(one.object, one.intent) for one in spec.touches),
        emits=spec.emits,
        permissions=tuple(Permission(one.actions, one.resource) for one in spec.permissions),
        timeout_s=spec.timeout,
        effect_timeout_s=spec.effect_timeout,
        idempotency=spec.idempotent,
        undo=spec.undo,
        errors=tuple(_make_error(one) for one in spec.errors),
        example=spec.example,
        run=_run,
        function_arn=spec.function,
        common=(),
    )


def write_schema(spec: SchemaSpec) -> Schema:
    """Give a schema as it is written in the file."""
    return spec.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _make_error(spec: ErrorSpec) -> type[AtomError]:
    known = WELL_KNOWN.get(spec.name)
    facts = {
        "__doc__": spec.description or (known.__doc__ if known is not None else "It failed: {cause}."),
        "__module__": __name__,
        "transient": _first(spec.transient, known is not None and known.transient),
        "nothing_done": _first(spec.nothing_done, known is not None and known.nothing_done),
    }
    return type(spec.name, (AtomError,), facts)


def _first(said: bool | None, otherwise: bool) -> bool:  # noqa: FBT001 - a choice of two values
    return otherwise if said is None else said


def _run(given: AtomInput, context: Context) -> AtomOutput:
    raise RunsElsewhere(given, context)
