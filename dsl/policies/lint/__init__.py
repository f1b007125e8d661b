"""What no single rule shows: branches, patterns and rules that never come to it, and rules that work against each other.

Each check is a function from the bundle to findings; all of them are warnings, since a set of rules that has one still
means what it says.
"""

from collections.abc import Callable, Iterator, Mapping

from chalicelib.catalog.model import Bundle, Control, Intent, Verb
from dsl.diagnostics import Diagnostic, Span
from dsl.policies.lint.branches import find_dead_branches
from dsl.policies.lint.cycles import find_cycles
from dsl.policies.lint.finding import Finding
from dsl.policies.lint.patterns import find_dead_patterns
from dsl.policies.lint.payloads import find_unknown_fields
from dsl.policies.lint.rivals import find_rivals
from dsl.shape import locate_key
from dsl.source import Node, load_source

Side = tuple[Intent, str]
FindVerb = Callable[[Control, Side, Side], Verb]
"""What control says of a running (intent, workflow) and an incoming one."""


def lint_rules(bundle: Bundle, sources: Mapping[str, str], find_verb: FindVerb) -> tuple[Diagnostic, ...]:
    """Give the warnings about the rules of a bundle, each at its place in the files it was compiled from."""
    found = tuple(_find(bundle, find_verb))
    if not found:
        return ()
    places = dict(_read_rules(sources))
    return tuple(_place(one, places) for one in found)


def _find(bundle: Bundle, find_verb: FindVerb) -> Iterator[Finding]:
    yield from find_dead_branches(bundle)
    yield from find_dead_patterns(bundle)
    yield from find_unknown_fields(bundle)
    yield from find_rivals(bundle, find_verb)
    yield from find_cycles(bundle)


def _read_rules(sources: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, Node]]]:
    for path, text in sources.items():
        root, _ = load_source(text, path)
        value = root.plain() if root is not None else None
        if root is not None and isinstance(value, dict) and value.get("kind") == "rule":
            yield str(value.get("name")), (path, root)


def _place(finding: Finding, places: Mapping[str, tuple[str, Node]]) -> Diagnostic:
    path, root = places.get(finding.rule, (finding.rule, None))
    span = Span(path, 1, 1, 1, 1) if root is None else locate_key(root, finding.path)
    return Diagnostic(finding.code, finding.message, span, finding.hint)
