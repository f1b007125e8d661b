"""All workflow and policy files to the bundle and the state machines: every mistake of every file in one go."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.atoms.registry import AnyAtom
from chalicelib.catalog.load import dump_bundle
from chalicelib.catalog.model import (
    Access,
    AtomEntry,
    Bundle,
    Conflict,
    Control,
    HttpHosts,
    Rule,
    Sources,
    Verb,
    Workflow,
)
from chalicelib.catalog.names import aftermath_name, resumption_name
from chalicelib.catalog.pagers import Pagers
from chalicelib.decision.index import prepare_index
from chalicelib.identity import canonical_json, digest
from dsl.atom_machines import compile_atom_machine
from dsl.atoms.declare import declare_atoms
from dsl.compile import Compiled, compile_workflow
from dsl.diagnostics import Diagnostic, Span, has_errors, sort_diagnostics, suggest
from dsl.inline import read_library
from dsl.policies.access import compile_access
from dsl.policies.approval import Named
from dsl.policies.catalog import compile_catalog
from dsl.policies.control import check_references, compile_control
from dsl.policies.correlate import refuse_settle
from dsl.policies.http import check_calls, compile_http
from dsl.policies.layers import read_layers
from dsl.policies.pagers import check_paged, compile_pagers
from dsl.policies.pages import check_pages
from dsl.policies.rules import compile_rule
from dsl.policies.services import Services, compile_services, list_inherited
from dsl.policies.sources import check_inventory, compile_sources
from dsl.policies.tier_approval import resolve_approvals
from dsl.policies.tier_budgets import resolve_budgets
from dsl.policies.tier_checks import check_layers
from dsl.policies.tiers import check_tiers
from dsl.shape import locate

_KIND = re.compile(r"""^kind:[ \t]*["']?([A-Za-z_]+)["']?[ \t]*(?:#.*)?$""", re.MULTILINE)
_NESTS = re.compile(r"\bworkflow:")
_KINDS = ("workflow", "atom", "rule", "services", "control", "catalog", "access", "http", "sources", "pagers")
_ONCE = {
    "services": "policies/services.yaml",
    "control": "policies/control.yaml",
    "catalog": "policies/catalog.yaml",
    "access": "policies/access.yaml",
}
"""Kinds of which there is exactly one file, and where it is looked for."""
KINDS_OF_ONE = frozenset((*_ONCE, "http", "sources"))
"""Kinds that a content directory may leave to the checkout; whom it pages is never left to it."""
_AT_MOST_ONCE = {kind: f"policies/{kind}.yaml" for kind in (*_ONCE, "http", "sources", "pagers")}

Files = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Built:
    """What the files compile to: no bundle and no machines if a diagnostic is an error."""

    bundle: Bundle | None
    machines: Mapping[str, dict[str, Any]]
    """By the logical name of the workflow or atom."""
    diagnostics: tuple[Diagnostic, ...]
    atoms: Mapping[str, AnyAtom]
    """All there are, those declared in the files included."""
    pagers: Pagers = field(default_factory=Pagers)


def build_bundle(sources: Mapping[str, str], atoms: Mapping[str, AnyAtom]) -> Built:
    """Compile path -> text of all workflow, atom and policy files; `atoms` are those of Python.

    Deterministic, and never raises for a user's text.
    """
    files, found = _sort_files(sources)
    atoms, mistaken = declare_atoms(dict(files["atom"]), atoms)
    found += mistaken
    library = read_library(dict(files["workflow"])) if any(_NESTS.search(text) for _, text in files["workflow"]) else {}
    compiled = [(path, compile_workflow(text, path, atoms, library)) for path, text in files["workflow"]]
    found += [one for _, each in compiled for one in each.diagnostics]
    found += _find_twins((each.name, path) for path, each in compiled if each.name)
    alone = {name: compile_atom_machine(atom) for name, atom in atoms.items()}
    known = {name: each.workflow for name, each in alone.items() if each.workflow is not None}
    known |= {each.name: each.workflow or _stand_in(each.name) for _, each in compiled if each.name}
    found += [one for path, each in compiled for one in _check_excludes(path, each, known)]

    rules, more = _compile_rules(files["rule"], known)
    services, control, offered = _compile_policies(files, known, atoms, {one.name for one in rules}, more)
    control = _add_layers(control, files, more) if services is not None else control
    if services is not None:
        rules, more = _inherit(rules, services, more)
    found += [*more, *(_check_people(files["rule"], rules, services) if services is not None else ())]
    access = _compile_access(files["access"], services, found)
    http = _compile_hosts(files["http"], found)
    found += [one for _, each in compiled if each.source is not None for one in check_calls(each.source, http)]
    origins = _list_sources(files["sources"], found)
    found += check_inventory(files["sources"], origins, rules)
    pagers = _compile_pagers(files, found)
    if has_errors(found) or services is None or control is None or offered is None or access is None:
        return Built(None, {}, sort_diagnostics(found), atoms)
    machines = {each.name: each for _, each in compiled} | {
        name: alone[name] for name in _list_alone(rules, offered, alone)
    }
    bundle = replace(_assemble(machines, rules, services, control, atoms), access=access, http=http, sources=origins)
    bundle = replace(bundle, version=digest([canonical_json(dump_bundle(bundle))]))
    definitions = {name: one.definition or {} for name, one in machines.items()}
    definitions |= {aftermath_name(name): one.aftermath for name, one in machines.items() if one.aftermath is not None}
    definitions |= {
        resumption_name(name): one.resumption for name, one in machines.items() if one.resumption is not None
    }
    return Built(bundle, dict(sorted(definitions.items())), sort_diagnostics(found), atoms, pagers)


def read_kind(text: str) -> str:
    """Read off what kind a file says it is, "" if it does not say."""
    said = _KIND.search(text)
    return said[1] if said else ""


def _inherit(
    rules: tuple[Rule, ...], services: Services, found: list[Diagnostic]
) -> tuple[tuple[Rule, ...], list[Diagnostic]]:
    """Say what rules do not get from a tier: a wait that nothing could end. And what they do: an end of their ladder."""
    if "settle" in list_inherited(services):
        rules = tuple(map(refuse_settle, rules))
    told = all(tier.escalation is not None and tier.escalation.pages for tier in services.tiers) and not any(
        one.escalation is not None and one.escalation.pages == () for one in services.services
    )
    return rules, [one for one in found if not (told and one.code == "W731")]


def _check_people(files: Files, rules: tuple[Rule, ...], services: Services) -> Iterator[Diagnostic]:
    yield from check_pages(files, rules, services)
    yield from check_tiers(files, rules, services)


def _sort_files(sources: Mapping[str, str]) -> tuple[dict[str, Files], list[Diagnostic]]:
    files: dict[str, Files] = {kind: [] for kind in _KINDS}
    found = []
    for path in sorted(sources):
        said = _KIND.search(sources[path])
        kind = said[1] if said else ""
        if kind in files:
            files[kind].append((path, sources[path]))
        else:
            line = sources[path][: said.start()].count("\n") + 1 if said else 1
            message = f"there is no kind {kind!r}" if kind else "the file does not say what it is"
            hint = suggest(kind, _KINDS) or f"write `kind:` with one of: {', '.join(_KINDS)}"
            found.append(Diagnostic("E908", message, Span(path, line, 1, line, 1 + len(said[0]) if said else 2), hint))
    for kind, usual in _AT_MOST_ONCE.items():
        if not files[kind] and kind in _ONCE:
            message = f"there is no file of kind `{kind}`"
            found.append(Diagnostic("E907", message, Span(usual, 1, 1, 1, 1), f"write {usual}"))
        found += [
            Diagnostic("E907", f"`kind: {kind}` exists once, and {files[kind][0][0]} is it", Span(path, 1, 1, 1, 1))
            for path, _ in files[kind][1:]
        ]
    return files, found


def _compile_rules(files: Files, known: Mapping[str, Workflow]) -> tuple[tuple[Rule, ...], list[Diagnostic]]:
    rules: list[tuple[str, Rule]] = []
    found: list[Diagnostic] = []
    for path, text in files:
        rule, more = compile_rule(text, path, known)
        found += more
        if rule is not None:
            rules.append((path, rule))
    found += _find_twins((rule.name, path) for path, rule in rules)
    return tuple(rule for _, rule in rules), found


def _compile_policies(
    files: Mapping[str, Files],
    known: Mapping[str, Workflow],
    atoms: Mapping[str, AnyAtom],
    rules: set[str],
    found: list[Diagnostic],
) -> tuple[Services | None, Control | None, tuple[str, ...] | None]:
    """Compile the files that exist once, adding to `found`; a second one of a kind is already an error."""
    services: Services | None = None
    control: Control | None = None
    offered: tuple[str, ...] | None = None
    for path, text in files["services"][:1]:
        services, more = compile_services(text, path)
        found += more
    for path, text in files["control"][:1]:
        tiers = {one.name for one in services.tiers} if services is not None else None
        groups = {one.name for one in services.services} if services is not None else None
        named = Named(known, tiers, None if has_errors(found) else rules, groups)
        control, more = compile_control(text, path, known, named)
        found += more
        if control is not None and services is not None:
            found += check_references(text, path, services, rules)
    for path, text in files["catalog"][:1]:
        offered, more = compile_catalog(text, path, atoms, known)
        found += more
    return services, control, offered


def _add_layers(control: Control | None, files: Mapping[str, Files], found: list[Diagnostic]) -> Control | None:
    """Put what rules, services and tiers say of budgets and approval behind what the control file says."""
    layers = read_layers(files["rule"], files["services"][0])
    found += check_layers(layers)
    if control is None:
        return None
    budgets = (*control.budgets, *resolve_budgets(layers))
    return control._replace(budgets=budgets, approvals=(*control.approvals, *resolve_approvals(layers)))


def _compile_hosts(files: Files, found: list[Diagnostic]) -> HttpHosts:
    """No file allows no host."""
    http: HttpHosts | None = None
    for path, text in files[:1]:
        http, more = compile_http(text, path)
        found += more
    return http or HttpHosts()


def _list_sources(files: Files, found: list[Diagnostic]) -> Sources:
    """No file: the buses that are always routed."""
    origins: Sources | None = None
    for path, text in files[:1]:
        origins, more = compile_sources(text, path)
        found += more
    return origins or Sources()


def _compile_pagers(files: Mapping[str, Files], found: list[Diagnostic]) -> Pagers:
    """No file: nobody is behind any name, and any name may be paged."""
    pagers: Pagers | None = None
    for path, text in files["pagers"][:1]:
        pagers, more = compile_pagers(text, path)
        found += [*more, *check_paged((*files["rule"], *files["services"]), pagers or Pagers())]
    return pagers or Pagers()


def _compile_access(files: Files, services: Services | None, found: list[Diagnostic]) -> Access | None:
    access: Access | None = None
    for path, text in files[:1]:
        access, more = compile_access(text, path, services)
        found += more
    return access


def _find_twins(named: Iterable[tuple[str, str]]) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for name, path in named:
        if name in first:
            message = f"{name!r} is already defined in {first[name]}"
            yield Diagnostic("E902", message, Span(path, 1, 1, 1, 1), "rename one of them")
        first.setdefault(name, path)


def _check_excludes(path: str, compiled: Compiled, known: Mapping[str, Workflow]) -> Iterator[Diagnostic]:
    for index, name in enumerate(compiled.workflow.excludes if compiled.workflow else ()):
        if name not in known:
            here = Span(path, 1, 1, 1, 1)
            span = locate(compiled.source, ("excludes", index)) if compiled.source is not None else here
            yield Diagnostic("E903", f"no workflow or atom is called {name!r}", span, suggest(name, known))


def _stand_in(name: str) -> Workflow:
    """Stand for a workflow that does not compile, so that what refers to it is not called wrong as well."""
    return Workflow(
        name=name, description="", hash="", input_schema={}, touches=(), excludes=(), timeout_s=0, expected_s=0,
        effect_timeout_s=0, final_errors=(), undoes=False, logical_steps=0, atoms=(),
    )  # fmt: skip


def _list_alone(rules: Iterable[Rule], offered: Iterable[str], alone: Mapping[str, Compiled]) -> list[str]:
    """Give the atoms that need a machine of their own: those that a rule runs or the catalog offers."""
    run = {name for rule in rules for name in rule.runs if name in alone}
    return sorted({*offered, *run})


def _assemble(
    machines: Mapping[str, Compiled], rules: tuple[Rule, ...], services: Services, control: Control,
    atoms: Mapping[str, AnyAtom],
) -> Bundle:  # fmt: skip
    workflows = {name: each.workflow for name, each in sorted(machines.items()) if each.workflow is not None}
    used = sorted({name for workflow in workflows.values() for name in workflow.atoms})
    return Bundle(
        version="",
        workflows=workflows,
        atoms={name: _describe(atoms[name]) for name in used},
        rules=rules,
        services=services.services,
        tiers=services.tiers,
        default_tier=services.default_tier,
        accounts=services.accounts,
        inherited=list_inherited(services),
        control=control._replace(conflicts=(*_exclude(workflows.values()), *control.conflicts)),
        index=prepare_index(rules),
    )


def _exclude(workflows: Iterable[Workflow]) -> list[Conflict]:
    """Compile `excludes` into lines of the conflict list, both ways round; they come before the written ones."""
    pairs = {frozenset((one.name, other)) for one in workflows for other in one.excludes}
    return [
        Conflict((), (), (running,), (incoming,), Verb.REJECT)
        for one, other in sorted(tuple(sorted(pair)) for pair in pairs if len(pair) == 2)  # noqa: PLR2004
        for running, incoming in ((one, other), (other, one))
    ]


def _describe(atom: AnyAtom) -> AtomEntry:
    return AtomEntry(
        name=atom.name,
        version=atom.version,
        summary=atom.summary,
        intent=atom.intent,
        objects=tuple(one.object for one in atom.touches),
        input_schema=atom.input.model_json_schema(),
        output_schema=atom.output.model_json_schema(mode="serialization"),
        emits=atom.emits,
        timeout_s=atom.timeout_s,
        effect_timeout_s=atom.effect_timeout_s,
        function_arn=atom.function_arn,
    )
