"""The compiler's own promises: codes are documented, checks are registered, atoms' examples compile."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from chalicelib.atoms.registry import get_atoms
from dsl import checks
from dsl.atoms.example import write_example
from dsl.cases.machine import read_machine
from dsl.cases.script import Script
from dsl.codes import CODES
from dsl.compile import compile_workflow
from dsl.diagnostics import render_text
from dsl.inline import read_library
from dsl.rehearse import Execution, Status, rehearse
from tests.unit.atoms.scenarios import SCENARIOS

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
def test_the_example_of_an_atom_compiles_and_runs(name: str) -> None:
    atom = get_atoms()[name]
    text = write_example(atom)
    compiled = compile_workflow(text, f"{name}.yaml", get_atoms())
    assert compiled.diagnostics == (), "\n" + render_text(compiled.diagnostics, {f"{name}.yaml": text})
    assert compiled.definition is not None
    assert compiled.workflow is not None
    given = {one: SCENARIOS[name].given.get(one, one) for one in compiled.workflow.input_schema["properties"]}
    dispatch = {"id": "d", "fence": 1, "object": "host/x", "tier": "P1", "root_id": "e", "hops": 0, "fences": {}}
    content = {"input": given, "dispatch": dispatch, "workflow_hash": compiled.workflow.hash, "retired": False}
    machine = read_machine(compiled.definition, get_atoms())
    run = rehearse(compiled.definition, Execution(content, "d", "example"), Script({}, machine.tasks))
    assert (run.status, run.error) == (Status.SUCCEEDED, None), run.cause
    [step] = yaml.safe_load(atom.example)
    assert step["id"] in {call.step for call in run.calls}
    asked = next(call.input for call in run.calls if call.step == step["id"])
    assert set(asked) == set(step["with"]), "every field of the example reaches the atom"


@pytest.mark.parametrize(
    "path", sorted(path for path in Path("state_machines").glob("*.yaml") if ".cases." not in path.name), ids=str
)
def test_every_workflow_that_ships_compiles_without_a_warning(path: Path) -> None:
    text = path.read_text()
    library = read_library({str(one): one.read_text() for one in path.parent.glob("*.yaml")})
    compiled = compile_workflow(text, str(path), get_atoms(), library)
    assert compiled.diagnostics == (), "\n" + render_text(compiled.diagnostics, {str(path): text})
    assert compiled.name == path.stem
