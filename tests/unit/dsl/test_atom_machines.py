from typing import Any

import pytest

from chalicelib.atoms.registry import get_atoms
from chalicelib.catalog.model import Intent, Touch
from dsl.atom_machines import compile_atom_machine
from tests.unit.dsl.atoms import ATOMS, RESULT
from tests.unit.dsl.build import Failing
from tests.unit.dsl.machine import Functions, Run, make_input, run_machine


def _run(name: str, given: dict[str, Any], functions: Functions | None = None, **changes: Any) -> Run:
    definition = compile_atom_machine(ATOMS[name]).definition
    assert definition is not None
    return run_machine(definition, make_input(definition, given, **changes), functions or Failing())


def test_the_atom_gets_the_whole_input_and_its_result_is_the_output() -> None:
    found = _run("box.open", {"host": "i-1"})
    assert found.calls == [("box_open", {"host": "i-1"})]
    assert found.output == {**RESULT, "token": "token of box_open"}
    assert found.entered == ["box_open"]


def test_it_retires_like_any_workflow() -> None:
    found = _run("box.open", {"host": "i-1"}, retired=True)
    assert (found.calls, found.error) == ([], "Retired")


def test_passing_errors_are_retried_and_a_poll_goes_on() -> None:
    assert _run("box.open", {"host": "a"}, Failing(box_open=["Throttled", "Unavailable"])).status == "SUCCEEDED"
    assert _run("box.await", {"host": "a"}, Failing(box_await=["NotYet"] * 50)).status == "SUCCEEDED"
    assert _run("box.once", {"host": "a"}, Failing(box_once=["Unavailable"])).error == "Unavailable"


def test_the_entry_is_called_like_the_atom_and_holds_what_it_touches() -> None:
    workflow = compile_atom_machine(ATOMS["box.open"]).workflow
    assert workflow is not None
    assert (workflow.name, workflow.offered_atom, workflow.atoms) == ("box.open", "box.open", ("box.open",))
    assert workflow.touches == (Touch("host/{% $input.host %}", Intent.DISRUPT),)
    assert workflow.input_schema["properties"]["host"]["type"] == "string"


def test_an_atom_that_changes_a_list_of_objects_is_not_offered() -> None:
    compiled = compile_atom_machine(ATOMS["box.many"])
    assert compiled.definition is None
    assert [one.code for one in compiled.diagnostics] == ["E517"]


@pytest.mark.parametrize("name", get_atoms())
def test_every_atom_that_ships_has_its_machine(name: str) -> None:
    compiled = compile_atom_machine(get_atoms()[name])
    assert compiled.diagnostics == ()
    assert compiled.definition is not None
    assert compiled.workflow is not None
    assert compiled.workflow.logical_steps == 1
