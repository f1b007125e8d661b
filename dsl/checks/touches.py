"""Control must hold every object that the workflow's atoms change, with an intent at least as strong."""

import re
from collections.abc import Iterator

from chalicelib.catalog.model import MAX_CLAIMS, Intent
from dsl.analysis import Analysis, Use
from dsl.diagnostics import Diagnostic
from dsl.expressions import split_template

_LIST = re.compile(r"\$input\.(\w+)\Z")
_KIND = re.compile(r"[a-z][a-z0-9_-]*\Z")
_SHORT, _FULL = 2, 4


def check_touches(analysis: Analysis) -> Iterator[Diagnostic]:
    """E407: a malformed object. E504: no `touches` at all. E505: what it does not cover. E531: more than can be locked."""
    held: dict[str, Intent] = {}
    for index, touch in enumerate(analysis.workflow.touches):
        kind = read_kind(touch.object)
        if kind is None:
            span = analysis.span(("touches", index, "object"))
            hint = 'for example "host/{% $input.host %}"'
            yield Diagnostic("E407", f"{touch.object!r} is not kind/name or account/region/kind/name", span, hint)
        elif kind not in held or held[kind].rank < touch.intent.rank:
            held[kind] = touch.intent
    yield from _check_count(analysis)
    reported: set[tuple[str, Intent]] = set()
    for use in analysis.uses:
        yield from _check_use(analysis, use, held, reported)


def _check_count(analysis: Analysis) -> Iterator[Diagnostic]:
    """Count the objects, as far as the inputs say how many their lists may hold."""
    count = sum(_count(analysis, touch.object) for touch in analysis.workflow.touches)
    if count > MAX_CLAIMS:
        message = f"`touches` may name {count:,} objects, and at most {MAX_CLAIMS} can be locked at once"
        hint = "lock their parent instead, such as `service/{% $input.service %}`, or lower `max_items` of the input"
        yield Diagnostic("E531", message, analysis.span(("touches",)), hint)


def _count(analysis: Analysis, template: str) -> int:
    count = 1
    for part, _, is_hole in split_template(template):
        named = _LIST.match(part.strip()) if is_hole else None
        known = analysis.workflow.input.get(named[1]) if named else None
        if known is not None and known.type == "array":
            count *= known.max_items or 1
    return count


def _check_use(
    analysis: Analysis, use: Use, held: dict[str, Intent], reported: set[tuple[str, Intent]]
) -> Iterator[Diagnostic]:
    atom = analysis.atoms.get(use.atom)
    for touched in atom.touches if atom is not None else ():
        kind = touched.object.split("/", maxsplit=1)[0]
        holding = held.get(kind)
        is_covered = holding is not None and holding.rank >= touched.intent.rank
        if touched.intent is Intent.OBSERVE or is_covered or (kind, touched.intent) in reported:
            continue
        reported.add((kind, touched.intent))
        line = f'- {{object: "{_fill(touched.object, use)}", intent: {touched.intent}}}'
        span = analysis.span((*use.path, "atom"))
        does = f"`{use.atom}` {touched.intent}s {'an' if kind[0] in 'aeio' else 'a'} {kind}"
        if not analysis.workflow.touches:
            yield Diagnostic("E504", f"{does}, and the workflow has no `touches`", span, f"add touches: [{line[2:]}]")
        elif holding is None:
            yield Diagnostic("E505", f"{does}, and `touches` names no {kind}", span, f"add to `touches`: {line}")
        else:
            message = f"{does}, and `touches` holds it only to {holding}"
            yield Diagnostic("E505", message, span, f"write intent: {touched.intent}")


def read_kind(template: str) -> str | None:
    """Give the kind of an object template, None if it has not the shape of one."""
    flat = "".join("x" if is_hole else part for part, _, is_hole in split_template(template))
    parts = flat.split("/")
    if len(parts) not in {_SHORT, _FULL} or not all(parts) or "{%" in flat or "%}" in flat or " " in flat:
        return None
    literal = template.split("{%", maxsplit=1)[0].split("/")
    at = len(parts) - _SHORT
    has_literal_kind = len(literal) > at + 1 or (len(literal) == at + 1 and "{%" not in template)
    return parts[at] if has_literal_kind and _KIND.match(parts[at]) else None


def _fill(template: str, use: Use) -> str:
    """Write an atom's `host/{instance_id}` with what the step gives for the field, if that can be read out here."""
    given = {} if "workflow" in use.path else use.with_
    return re.sub(r"\{(\w+)(?:\[\])?\}", lambda hole: str(given.get(hole[1], "{% ... %}")), template)
