"""With `on_failure: undo` every step that changes something says how it is taken back, or why it cannot be."""

from collections.abc import Iterator

from dsl.analysis import Analysis, AnyAtom, Use
from dsl.diagnostics import Diagnostic
from dsl.model import AtomStep
from dsl.places import Section


def check_undo(analysis: Analysis) -> Iterator[Diagnostic]:
    """E506: a mutating step without `undo`. E207: an `undo` of one that changes nothing. W513: an `undo` that never runs."""
    for use in analysis.uses:
        step, atom = use.placed.step, analysis.atoms.get(use.atom)
        if use.is_undo or not isinstance(step, AtomStep):
            continue
        runs = analysis.workflow.undoes and use.placed.inside.section is Section.MAIN
        if runs and step.undo is None and atom is not None and atom.mutating:
            message = f"`{step.id}` changes something and says no `undo`, and `on_failure` is undo"
            yield Diagnostic("E506", message, analysis.span((*use.path, "atom")), _hint(analysis, use, atom))
        elif step.undo is not None and atom is not None and not atom.mutating:
            message = f"`{use.atom}` changes nothing, so there is nothing to take back"
            yield Diagnostic("E207", message, analysis.key_span((*use.path, "undo")), "remove it")
        elif step.undo is not None and not runs and "workflow" not in use.path:
            message = f"the undo of `{step.id}` never runs: {_why(analysis, use)}"
            yield Diagnostic(
                "W513", message, analysis.key_span((*use.path, "undo")), "set `on_failure: undo` or remove it"
            )


def _why(analysis: Analysis, use: Use) -> str:
    if use.placed.inside.section is Section.HANDLER:
        return "it belongs to a step of `on_failure`"
    return "`on_failure` is " + ("keep" if analysis.workflow.on_failure == "keep" else "a list of steps")


def _hint(analysis: Analysis, use: Use, atom: AnyAtom) -> str:
    inverse = analysis.atoms.get(atom.undo) if atom.undo is not None else None
    if inverse is None:
        return '`undo: {none: "why it cannot be taken back"}`'
    shared = {name: value for name, value in use.with_.items() if name in inverse.input.model_fields}
    given = ", ".join(
        f'{name}: "{value}"' if isinstance(value, str) else f"{name}: {value}" for name, value in shared.items()
    )
    return f"`undo: {{atom: {inverse.name}, with: {{{given}}}}}`, or `undo: {{none: why not}}`"
