"""The reference of the atoms, written from their contracts: one page each, and an index. Committed and checked."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chalicelib.atoms.contract import Atom, Idempotency, Proof
from chalicelib.atoms.registry import MODULES
from infra.content import find_atoms
from infra.project import Project
from infra.sources import read_sources

AnyAtom = Atom[Any, Any]

_REPEATS = {
    Idempotency.NATURAL: "The API call itself leads to the same state however often it is made.",
    Idempotency.CHECK_FIRST: "It looks first, and acts only if there is something to do.",
    Idempotency.CLIENT_TOKEN: "The API takes a name or token that every attempt of the step shares.",
    Idempotency.NONE: "A repeat acts twice, so the compiler refuses to retry it.",
}
_PROOFS = {
    Proof.MINISTACK: "deployed on the local AWS, its role enforced",
    Proof.MOTO: "run against moto, with exactly its rights",
    Proof.STUBBER: "requests and answers checked against AWS's service model; no emulator has the behavior",
    Proof.NONE: "not by this repository",
}


def write_pages(atoms: Mapping[str, AnyAtom]) -> dict[str, str]:
    """Give file name -> text of every page."""
    return {"README.md": _write_index(atoms), **{f"{name}.md": write_page(atom) for name, atom in atoms.items()}}


def find_stale_pages(project: Project) -> tuple[Path, ...]:
    """List the pages that are missing, different or of an atom that is no more, sorted."""
    wanted = _list_pages(project)
    present = set(project.pages.glob("*.md"))
    different = {path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text}
    return tuple(sorted(different | (present - set(wanted))))


def update_pages(project: Project) -> tuple[Path, ...]:
    """Write the stale pages, remove those of atoms that are no more, and give the paths that changed."""
    wanted, stale = _list_pages(project), find_stale_pages(project)
    for path in stale:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return stale


def _list_pages(project: Project) -> dict[Path, str]:
    """A content directory has pages of its own atoms, and none if it has none."""
    atoms, _ = find_atoms(project, read_sources(project))
    chosen = {name: atom for name, atom in atoms.items() if project.content is None or name not in MODULES}
    return {project.pages / name: text for name, text in write_pages(chosen).items()} if chosen else {}


def write_page(atom: AnyAtom) -> str:
    """Write the page of one atom."""
    return "\n".join(_write_lines(atom)) + "\n"


def _write_index(atoms: Mapping[str, AnyAtom]) -> str:
    rows = [
        f"| [{name}]({name}.md) | {atom.intent} | {atom.summary} | {atom.proof} |"
        for name, atom in sorted(atoms.items())
    ]
    head = ["# Atoms", "", "Written from the atoms' contracts by `interlock build`; do not edit.", ""]
    levels = [f"**{proof}**: {words}." for proof, words in _PROOFS.items() if proof is not Proof.NONE]
    table = ["| atom | does to its object | in short | proven on |", "|---|---|---|---|", *rows]
    return "\n".join([*head, *table, "", "Proven on " + " ".join(levels), ""])


def _write_lines(atom: AnyAtom) -> Iterator[str]:
    yield from (f"# {atom.name}", "", atom.summary, "")
    yield from ("```yaml", atom.example.rstrip(), "```", "")
    yield from _write_fields("Input", atom.input.model_json_schema())
    yield from _write_fields("Output", atom.output.model_json_schema(mode="serialization"))
    yield from ("| | |", "|---|---|")
    touches = ", ".join(f"`{one.object}` ({one.intent})" for one in atom.touches) or "nothing"
    yield f"| touches | {touches} |"
    yield f"| a repeat | {_REPEATS[atom.idempotency]} |"
    yield f"| undo | {f'[{atom.undo}]({atom.undo}.md)' if atom.undo else 'none'} |"
    yield f"| emits | {', '.join(atom.emits) or 'nothing'} |"
    yield f"| function's time-out | {atom.timeout_s} s |"
    if atom.mutating:
        yield f"| its effect may go on for | {atom.effect_timeout_s} s |"
    if atom.function_arn is not None:
        yield f"| run by | `{atom.function_arn}`, which is not Interlock's |"
    if atom.home:
        yield "| works in | Interlock's own account, wherever the object is |"
    yield f"| proven | {_PROOFS[atom.proof]} |"
    yield from ("", "| error | a retry may help | nothing was done |", "|---|---|---|")
    for error in atom.raises:
        yield f"| `{error.__name__}` | {_yes(error.transient)} | {_yes(error.nothing_done)} |"
    yield from ("", "| allowed | on |", "|---|---|")
    for one in atom.permissions:
        condition = " and ".join(f"{key} = {word}" for keys in one.condition.values() for key, word in keys.items())
        on = f"`{one.resource}`" + (f" if {condition}" if condition else "")
        yield f"| {', '.join(f'`{action}`' for action in one.actions)} | {on} |"


def _write_fields(title: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"| {title} | type | |", "|---|---|---|")
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        notes = [field.get("description", "")]
        if title == "Input" and name not in required and field.get("default") is not None:
            notes.append(f"Default: `{_write_default(field['default'])}`.")
        mark = "" if title == "Output" or name in required else " (optional)"
        text = " ".join(note if note.endswith((".", "`")) or not note else f"{note}." for note in notes)
        yield f"| `{name}`{mark} | {_write_type(field, schema)} | {text.replace('|', chr(92) + '|').strip()} |"
    yield ""


def _write_type(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return _write_type(schema["$defs"][str(field["$ref"]).rsplit("/", 1)[-1]], schema)
    if "enum" in field:
        return ", ".join(f"`{one}`" for one in field["enum"])
    members = [one for one in field.get("anyOf", ()) if one.get("type") != "null"]
    if members:
        return " or ".join(_write_type(one, schema) for one in members)
    kind = str(field.get("type", "any"))
    if kind == "array":
        return f"list of {_write_type(field.get('items', {}), schema)}"
    return kind


def _write_default(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _yes(value: bool) -> str:  # noqa: FBT001 - the one thing it writes
    return "yes" if value else "no"
