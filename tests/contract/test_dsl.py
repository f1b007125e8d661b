"""The compiler's own promises: codes are documented, checks are registered, atoms' examples compile."""

import ast
import re
from pathlib import Path

import pytest

from chalicelib.atoms.registry import get_atoms
from chalicelib.catalog.model import Intent
from dsl import checks
from dsl.codes import CODES
from dsl.compile import compile_workflow
from dsl.diagnostics import render_text
from dsl.inline import read_library

FILES = [
    path
    for path in sorted(Path("dsl").rglob("*.py"))
    if not {"policies", "cases", "atoms"} & set(path.parts) and path.name != "bundle.py"
]
_CODE = re.compile(r"[EW]\d{3}")


def _literals(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_code_that_is_used_is_documented_and_the_other_way_round() -> None:
    used = {one for path in FILES if path.name != "codes.py" for one in _literals(path) if _CODE.fullmatch(one)}
    assert used == set(CODES)


def test_every_check_is_a_file_of_its_own_and_registered() -> None:
    files = {path.stem for path in Path("dsl/checks").glob("*.py")} - {"__init__"}
    registered = [check.__name__.removeprefix("check_") for check in checks.CHECKS]
    assert len(registered) == len(set(registered))
    assert set(registered) == files


def test_every_check_says_its_codes_in_its_docstring() -> None:
    for check in checks.CHECKS:
        assert _CODE.search(check.__doc__ or ""), check.__name__


@pytest.mark.parametrize("name", get_atoms())
def test_the_example_of_an_atom_is_a_workflow(name: str) -> None:
    atom = get_atoms()[name]
    inputs = sorted(set(re.findall(r"\$input\.(\w+)", atom.example)))
    touches = [one for one in atom.touches if one.intent is not Intent.OBSERVE]
    text = "kind: workflow\nname: example\ndescription: An example.\ntimeout: 1h\n"
    text += "input: {" + ", ".join(f"{one}: string" for one in inputs) + "}\n"
    text += (
        "touches:\n"
        + "".join(f"  - {{object: {one.object.split('/')[0]}/x, intent: {one.intent}}}\n" for one in touches)
        if touches
        else ""
    )
    text += "steps:\n" + "".join(f"  {row}\n" for row in atom.example.splitlines())
    text += "on_failure: undo\n" if "undo:" in atom.example else ""
    compiled = compile_workflow(text, f"{name}.yaml", get_atoms())
    assert compiled.diagnostics == (), "\n" + render_text(compiled.diagnostics, {f"{name}.yaml": text})


@pytest.mark.parametrize(
    "path", sorted(path for path in Path("state_machines").glob("*.yaml") if ".cases." not in path.name), ids=str
)
def test_every_workflow_that_ships_compiles_without_a_warning(path: Path) -> None:
    text = path.read_text()
    library = read_library({str(one): one.read_text() for one in path.parent.glob("*.yaml")})
    compiled = compile_workflow(text, str(path), get_atoms(), library)
    assert compiled.diagnostics == (), "\n" + render_text(compiled.diagnostics, {str(path): text})
    assert compiled.name == path.stem
