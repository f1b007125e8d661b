"""`kind: catalog`: which atoms are offered on their own."""

from collections.abc import Collection, Iterator

from dsl.diagnostics import Diagnostic, has_errors, suggest
from dsl.policies.model import CatalogFile
from dsl.shape import locate, validate
from dsl.source import Node, load_source


def compile_catalog(
    text: str, file: str, atoms: Collection[str]
) -> tuple[tuple[str, ...] | None, tuple[Diagnostic, ...]]:
    """Compile the catalog file to the names of the atoms it offers; `atoms` holds the names of all that exist.

    Gives None with at least one error; never raises for a user's text.
    """
    root, found = load_source(text, file)
    if root is None:
        return None, found
    spec, shape = validate(root, CatalogFile)
    if spec is None:
        return None, (*found, *shape)
    checked = (*found, *_check(root, spec, atoms))
    return (None if has_errors(checked) else spec.offer), checked


def _check(root: Node, spec: CatalogFile, atoms: Collection[str]) -> Iterator[Diagnostic]:
    for index, name in enumerate(spec.offer):
        span = locate(root, ("offer", index))
        if name not in atoms:
            hint = suggest(name, atoms) or f"the atoms are: {', '.join(sorted(atoms))}"
            yield Diagnostic("E906", f"no atom is called {name!r}", span, hint)
        elif name in spec.offer[:index]:
            yield Diagnostic("E902", f"{name!r} is offered twice", span, "remove one")
