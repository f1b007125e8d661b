"""`approval` of the control file: which plans people have to approve before they start."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from chalicelib.catalog.model import ApprovalLine
from dsl.diagnostics import Diagnostic, suggest
from dsl.policies.model import ApprovalSpec
from dsl.shape import Path, locate, locate_key
from dsl.source import Node

REQUEST = "request"
"""What stands in for a rule's name in the record of a start that was asked for."""


class Named(NamedTuple):
    """What the control file may name. None: it could not be read, so nothing is found wrong with a name."""

    workflows: Collection[str]
    """Workflows and atoms."""
    tiers: Collection[str] | None = None
    rules: Collection[str] | None = None
    services: Collection[str] | None = None


def compile_approval(one: ApprovalSpec) -> ApprovalLine:
    """Compile a line."""
    return ApprovalLine(
        tiers=one.tier or (),
        intents=one.intent or (),
        rules=one.rule or (),
        workflows=one.workflow or (),
        approvers=one.from_,
        need=one.need,
        expires_s=one.expires,
        on_expiry=one.on_expiry,
    )


def check_approvals(root: Node, lines: tuple[ApprovalSpec, ...], named: Named) -> Iterator[Diagnostic]:
    """E901, E903, E915: a name that does not exist. E905: a line that no plan ever comes to."""
    rules = None if named.rules is None else {*named.rules, REQUEST}
    for index, one in enumerate(lines):
        path: Path = ("approval", index)
        yield from check_listed(root, (*path, "workflow"), "workflow or atom", one.workflow, named.workflows, "E903")
        yield from check_listed(root, (*path, "tier"), "tier", one.tier, named.tiers, "E901")
        yield from check_listed(root, (*path, "rule"), "rule", one.rule, rules, "E915")
        earlier = next((other for other in range(index) if _asks_for_all(lines[other], one)), None)
        if earlier is not None:
            message = f"this line is never reached: line {earlier + 1} of the list fits all that it fits"
            yield Diagnostic("E905", message, locate_key(root, path), "move it up or remove it")


def check_listed(
    root: Node, path: Path, what: str, names: Collection[str] | None, known: Collection[str] | None, code: str
) -> Iterator[Diagnostic]:
    """Find the names of a list that do not exist."""
    for index, name in enumerate(names or ()):
        if known is not None and name not in known:
            hint = suggest(name, known) or f"there is: {', '.join(sorted(known)[:8])}"
            yield Diagnostic(code, f"no {what} is called {name!r}", locate(root, (*path, index)), hint)


def _asks_for_all(one: ApprovalSpec, other: ApprovalSpec) -> bool:
    sides = ((one.tier, other.tier), (one.intent, other.intent), (one.rule, other.rule), (one.workflow, other.workflow))
    return all(not wide or (narrow and set(narrow) <= set(wide)) for wide, narrow in sides)
