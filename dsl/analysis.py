"""Everything the checks ask about a workflow file, worked out once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.atoms.contract import Atom
from dsl.diagnostics import Span
from dsl.expressions import OPEN, Expression
from dsl.model import (
    ApproveStep,
    AtomStep,
    AwsStep,
    ForeachStep,
    LoopStep,
    ParallelStep,
    Retry,
    RolloutStep,
    SetStep,
    Step,
    UntilStep,
    WorkflowFile,
    WorkflowStep,
    input_schema,
)
from dsl.model.step_base import Block, Path
from dsl.model.workflow import PerStage
from dsl.names import Names, Origin, Sight, declare_names
from dsl.places import Layout, Placed, place_steps
from dsl.shape import locate, locate_key
from dsl.sites import Site, Sites, collect_sites
from dsl.source import Node
from dsl.types import Type, infer_kinds, infer_type, kind_of_value, kinds_of, object_kind, output_type, resolve

AnyAtom = Atom[Any, Any]

_DISPATCH = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "fence": {"type": "integer"},
        "object": {"type": "string"},
        "tier": {"type": "string"},
        "root_id": {"type": "string"},
        "hops": {"type": "integer"},
        "fences": {"type": "object"},
    },
    "required": ["id", "fence", "object", "tier", "root_id", "hops", "fences"],
    "additionalProperties": False,
}
_FAILURE = {
    "type": "object",
    "properties": {"Error": {"type": "string"}, "Cause": {"type": "string"}},
    "required": ["Error", "Cause"],
    "additionalProperties": False,
}
_APPROVAL = {
    "type": "object",
    "properties": {
        "approved": {"type": "boolean"},
        "by": {"type": "array", "items": {"type": "string"}},
        "reason": {"type": "string"},
        "at": {"type": "string"},
    },
    "required": ["approved", "by", "reason", "at"],
    "additionalProperties": False,
}
_STATES = {"type": "object", "properties": {"context": {}}, "additionalProperties": False}


@dataclass(frozen=True, slots=True)
class Use:
    """One use of an atom: by a step, or by a step's undo."""

    placed: Placed
    path: Path
    """Of the mapping that holds `atom` and `with`."""
    atom: str
    with_: Mapping[str, Any]
    timeout: int | None
    retry: tuple[Retry, ...] | None
    is_undo: bool


@dataclass(frozen=True, slots=True)
class Analysis:
    """A workflow file with its places, expressions, names and types."""

    workflow: WorkflowFile
    root: Node
    atoms: Mapping[str, AnyAtom]
    layout: Layout
    sites: Sites
    names: Names
    types: Mapping[str, Type | None]
    uses: tuple[Use, ...]

    def span(self, path: Path) -> Span:
        """Give the span of a value."""
        return locate(self.root, path)

    def key_span(self, path: Path) -> Span:
        """Give the span of a key."""
        return locate_key(self.root, path)

    def parsed_sites(self) -> Iterator[tuple[Site, Expression]]:
        """Give the expressions that parse."""
        for site in self.sites.expressions:
            if isinstance(site.parsed, Expression):
                yield site, site.parsed

    def type_at(self, name: str, site: Site) -> Type | None:
        """Give the type of a name where it is sure to hold something, None (any) elsewhere."""
        return self.types.get(name) if self.names.look(name, site) is Sight.SURE else None

    def kinds_at(self, site: Site) -> frozenset[str] | None:
        """Give the JSON kinds that an expression surely gives."""
        if not isinstance(site.parsed, Expression):
            return None
        return infer_kinds(site.parsed.ast, lambda name: self.type_at(name, site))

    def object_kind_at(self, site: Site) -> str | None:
        """Give the kind of object that an expression surely names; None where it is no `object-ref`."""
        if not isinstance(site.parsed, Expression):
            return None
        return object_kind(infer_type(site.parsed.ast, lambda name: self.type_at(name, site)))


def analyze(workflow: WorkflowFile, root: Node, atoms: Mapping[str, AnyAtom]) -> Analysis:
    """Work everything out. Needs a file of valid shape, not a correct one."""
    layout = place_steps(workflow)
    sites = collect_sites(workflow, layout)
    names = declare_names(layout, sites.expressions)
    types = _type_names(workflow, layout, sites, atoms)
    uses = tuple(use for placed in layout.steps for use in _list_uses(placed))
    return Analysis(workflow, root, atoms, layout, sites, names, types, uses)


def _list_uses(placed: Placed) -> Iterator[Use]:
    step = placed.step
    if isinstance(step, UntilStep):
        poll = step.wait
        path = (*placed.inside.path, "wait")
        yield Use(placed, path, poll.atom, poll.with_, poll.timeout, poll.retry, is_undo=False)
    if not isinstance(step, AtomStep | AwsStep):
        return
    path = placed.inside.path
    if isinstance(step, AtomStep):
        yield Use(placed, path, step.atom, step.with_, step.timeout, step.retry, is_undo=False)
    undo = step.undo
    if undo is not None and undo.atom is not None:
        yield Use(placed, (*path, "undo"), undo.atom, undo.with_, undo.timeout, undo.retry, is_undo=True)


def _type_names(
    workflow: WorkflowFile, layout: Layout, sites: Sites, atoms: Mapping[str, AnyAtom]
) -> dict[str, Type | None]:
    types: dict[str, Type | None] = {
        Origin.INPUT: Type(input_schema(workflow.input)),
        Origin.DISPATCH: Type(_DISPATCH),
        Origin.FAILURE: Type(_FAILURE),
        Origin.STATES: Type(_STATES),
        Origin.CONSTANTS: Type(_type_constants(workflow.constants)),
    }
    built_in = frozenset(types)
    loops = {("foreach", "items"), ("rollout", "items")}
    items = {site.step: site for site in sites.expressions if site.path[-2:] in loops}
    for placed in layout.steps:
        step = placed.step
        if isinstance(step, LoopStep):
            types[step.loop.as_] = _type_item(items.get(step.id), types)
            types[f"{step.loop.as_}_index"] = Type({"type": "integer"})
        if isinstance(step, WorkflowStep) and step.inlined is not None:
            types[step.input_variable] = Type(input_schema(step.inlined.workflow.input))
    # Inner steps come after their container, so containers are typed from the last to the first.
    for placed in reversed(layout.steps):
        if placed.step.id not in built_in:
            types[placed.step.id] = _type_result(placed.step, types, atoms)
    return types


def _type_item(site: Site | None, types: Mapping[str, Type | None]) -> Type | None:
    if site is None or not isinstance(site.parsed, Expression) or len(site.parsed.references) != 1:
        return None
    one = site.parsed.references[0]
    if one.name != Origin.INPUT or len(one.fields) != 1 or site.text.strip() != f"$input.{one.fields[0]}":
        return None
    given = types[Origin.INPUT]
    schema = given.schema["properties"].get(one.fields[0], {}) if given is not None else {}
    items = schema.get("items") if kinds_of(Type(schema)) == frozenset({"array"}) else None
    return Type(items) if items else None


def _type_result(step: Step, types: Mapping[str, Type | None], atoms: Mapping[str, AnyAtom]) -> Type | None:
    if isinstance(step, AtomStep | UntilStep):
        atom = atoms.get(step.atom if isinstance(step, AtomStep) else step.wait.atom)
        return output_type(atom.output) if atom is not None else None
    if isinstance(step, WorkflowStep) and step.inlined is not None:
        output = step.inlined.output
        return Type(_type_values(output)) if isinstance(output, dict) else None
    if isinstance(step, ApproveStep):
        return Type(_APPROVAL)
    if isinstance(step, SetStep):
        return Type(_type_values(step.set))
    if isinstance(step, ParallelStep):
        properties = {str(block.path[1]): _type_block(block, types) for block in step.blocks()}
        return Type(_closed(properties))
    if isinstance(step, RolloutStep) or (isinstance(step, ForeachStep) and step.foreach.tolerate is not None):
        return Type({"type": "array", "maxItems": step.loop.max_items})
    if isinstance(step, ForeachStep):
        items = _type_block(step.blocks()[0], types)
        return Type({"type": "array", "items": items, "maxItems": step.loop.max_items})
    return None


def _type_constants(constants: Mapping[str, Any]) -> dict[str, Any]:
    return _type_values({name: one.default if isinstance(one, PerStage) else one for name, one in constants.items()})


def _type_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Literals tell their kind; an expression that has been assigned gave something."""
    properties = {
        name: {} if isinstance(value, str) and OPEN in value else _type_literal(value) for name, value in values.items()
    }
    loose = {name: {} if kind.get("type") in {"object", "array"} else kind for name, kind in properties.items()}
    return {"type": "object", "properties": loose, "required": list(values), "additionalProperties": False}


def _type_literal(value: Any) -> dict[str, Any]:
    kind = {"type": kind_of_value(value)}
    return {**kind, "minLength": len(value), "maxLength": len(value)} if isinstance(value, str) else kind


def _type_block(block: Block, types: Mapping[str, Type | None]) -> Mapping[str, Any]:
    """Without an output of its own a block gives an object of its steps' results."""
    if block.output is None or block.output[1] is not None:
        return {}
    properties = {}
    for step in block.steps:
        if step.has_result:
            kind = _inline(types.get(step.id))
            may_skip = step.when is not None or getattr(step, "continue_on_error", False)
            properties[step.id] = {"anyOf": [kind, {"type": "null"}]} if may_skip and kind else kind
    return _closed(properties)


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give the type of an object that has exactly these fields."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _inline(kind: Type | None) -> Mapping[str, Any]:
    """References would dangle in another document, so a schema that has any is taken for `any` behind its first level."""
    found = resolve(kind) if kind is not None else None
    if found is None:
        return {}
    if not found.root.get("$defs"):
        return found.schema
    properties: dict[str, Any] = {name: {} for name in found.schema.get("properties", {})}
    return {
        "type": "object",
        "properties": properties,
        "required": list(found.schema.get("required", ())),
        "additionalProperties": found.schema.get("additionalProperties", True),
    }
