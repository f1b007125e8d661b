"""`kind: pagers`: who is behind each name that is paged, and who is told when Interlock itself is unwell."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.catalog.pagers import Pager, Pagers
from chalicelib.decision.tiers import DEFAULT_PAGE
from dsl.diagnostics import Diagnostic, has_errors, suggest
from dsl.model.base import Strict
from dsl.shape import Path, locate, read_file
from dsl.source import Node, load_source

_DATA = ("with", "match")
"""Fields of a rule whose contents are the author's own: a `page` in there pages nobody."""


class PagerSpec(Strict):
    """Somebody who is paged; the name is part of an SNS topic's."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    email: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = ()


class PagersFile(Strict):
    """The `kind: pagers` document: every name that is paged, and under `watch` the one for Interlock's own trouble."""

    kind: Literal["pagers"]
    pagers: Annotated[tuple[PagerSpec, ...], Field(min_length=1)]
    watch: str | None = None


def compile_pagers(text: str, file: str) -> tuple[Pagers | None, tuple[Diagnostic, ...]]:
    """Compile the file of pagers. Gives None with at least one error; never raises for a user's text."""
    root, spec, found = read_file(text, file, PagersFile)
    if root is None or spec is None:
        return None, found
    checked = (*found, *_check(root, spec))
    made = Pagers(tuple(Pager(one.name, one.email) for one in spec.pagers), spec.watch)
    return (None if has_errors(checked) else made), checked


def check_paged(files: Iterable[tuple[str, str]], pagers: Pagers) -> Iterator[Diagnostic]:
    """E941: a rule, service or tier pages a name that nobody is behind; `files` are (path, text) of those."""
    names = [one.name for one in pagers.pagers]
    for path, text in files:
        root, _ = load_source(text, path)
        for node in _find_paged(root) if root is not None and names else ():
            if node.value not in (*names, DEFAULT_PAGE):
                hint = suggest(str(node.value), names) or f"list it in policies/pagers.yaml, beside {', '.join(names)}"
                yield Diagnostic("E941", f"nobody is behind {node.value!r}", node.span, hint)


def _check(root: Node, spec: PagersFile) -> Iterator[Diagnostic]:
    names = [one.name for one in spec.pagers]
    for index, name in enumerate(names):
        path: Path = ("pagers", index, "name")
        if name == DEFAULT_PAGE:
            hint = "it is what leaves who is paged to the service or the tier"
            yield Diagnostic("E941", f"nobody can be called {name!r}", locate(root, path), hint)
        if name in names[:index]:
            yield Diagnostic("E902", f"{name!r} is listed twice", locate(root, path), "remove one")
    if spec.watch is not None and spec.watch not in names:
        hint = suggest(spec.watch, names) or f"one of: {', '.join(names)}"
        yield Diagnostic("E941", f"nobody is behind {spec.watch!r}", locate(root, ("watch",)), hint)


def _find_paged(root: Node) -> Iterator[Node]:
    pending = [root]
    while pending:
        value = pending.pop().value
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            pending += [child for name, child in value.items() if name not in _DATA]
            said = value.get("page")
            named = said.value if said is not None and isinstance(said.value, list) else [said]
            yield from (one for one in named if one is not None and isinstance(one.value, str))
