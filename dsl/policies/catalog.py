"""`kind: catalog`: which atoms are offered on their own."""

from collections.abc import Collection, Iterator

from dsl.diagnostics import Diagnostic, has_errors, suggest
from dsl.policies.model import CatalogFile
from dsl.shape import locate, read_file
from dsl.source import Node


def compile_catalog(
    text: str, file: str, atoms: Collection[str], workflows: Collection[str] = ()
) -> tuple[tuple[str, ...] | None, tuple[Diagnostic, ...]]:
    """Compile the catalog file to the names of the atoms it offers; `atoms` and `workflows` are all that exist.

    A workflow may be named, and is offered anyway: a content directory names those of the library that it wants.
    Gives None with at least one error; never raises for a user's text.
    """
    root, spec, found = read_file(text, file, CatalogFile)
    if root is None or spec is None:
        return None, found
    checked = (*found, *_check(root, spec, {*atoms, *workflows}))
    return (None if has_errors(checked) else tuple(name for name in spec.offer if name in atoms)), checked


def _check(root: Node, spec: CatalogFile, known: Collection[str]) -> Iterator[Diagnostic]:
    for index, name in enumerate(spec.offer):
        span = locate(root, ("offer", index))
        if name not in known:
            hint = suggest(name, known) or f"there are: {', '.join(sorted(known))}"
            yield Diagnostic("E906", f"no atom or workflow is called {name!r}", span, hint)
        elif name in spec.offer[:index]:
            yield Diagnostic("E902", f"{name!r} is offered twice", span, "remove one")
