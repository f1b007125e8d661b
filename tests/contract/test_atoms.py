"""What every atom in the registry must keep to, so that the compiler, control and the roles can rely on it."""

import ast
import inspect
import json
import pkgutil
import re
from importlib import import_module

import pytest
import yaml

import chalicelib.atoms
from chalicelib.atoms.contract import Atom, Idempotency
from chalicelib.atoms.registry import MODULES, AnyAtom, get_atom, get_atoms
from chalicelib.aws.clients import LONGEST_CALL_S
from dsl.atoms.example import make_example_input
from tests.contract.authorizations import fits, is_action, resource_formats
from tests.unit.atoms.scenarios import SCENARIOS

WITHOUT_A_DATASET = {"cloudwatch:GetMetricData"}
"""Limited to data sets only; ordinary metrics are in none."""
EXPRESSION = re.compile(r"^\{% .+ %\}$")

every_atom = pytest.mark.parametrize("atom", get_atoms().values(), ids=list(MODULES))


def test_every_module_with_an_atom_is_registered() -> None:
    found = {
        module.name
        for module in pkgutil.walk_packages(chalicelib.atoms.__path__, "chalicelib.atoms.")
        if isinstance(getattr(import_module(module.name), "ATOM", None), Atom)
    }
    assert found == set(MODULES.values())


@pytest.mark.parametrize("name", MODULES)
def test_an_atom_is_called_what_the_registry_calls_it(name: str) -> None:
    assert get_atom(name).name == name
    assert MODULES[name] == f"chalicelib.atoms.{name}"


def test_names_of_functions_are_unique_and_fit_lambda() -> None:
    functions = [atom.function for atom in get_atoms().values()]
    assert len(set(functions)) == len(functions)
    assert all(re.fullmatch("[a-z][a-z0-9_]{1,40}", function) for function in functions)


@every_atom
def test_the_example_is_a_step_of_this_atom_whose_values_fit_its_input(atom: AnyAtom) -> None:
    [step] = yaml.safe_load(atom.example)
    assert step["atom"] == atom.name
    sample = SCENARIOS[atom.name].given
    literal = {
        field: sample.get(field, value) if isinstance(value, str) and EXPRESSION.match(value) else value
        for field, value in step["with"].items()
    }
    atom.input.model_validate(literal)


@every_atom
def test_the_example_makes_an_input_that_fits_and_keeps_its_literal_values(atom: AnyAtom) -> None:
    made = make_example_input(atom)
    assert made is not None, "give a field with a pattern `examples`"
    assert "{%" not in json.dumps(made)
    [step] = yaml.safe_load(atom.example)
    literal = {field: value for field, value in step["with"].items() if "{%" not in str(value)}
    assert {**made, **literal} == made


@every_atom
def test_permissions_name_real_actions_and_the_narrowest_resource(atom: AnyAtom) -> None:
    assert atom.permissions
    for permission in atom.permissions:
        for action in permission.actions:
            assert is_action(action), f"AWS has no action {action}"
            formats = resource_formats(action)
            if permission.resource == "*":
                assert not formats or action in WITHOUT_A_DATASET, f"{action} can be limited to {formats}"
            else:
                assert permission.resource.startswith("arn:${partition}:")
                assert fits(permission.resource, formats), f"{action} takes {formats}"


@every_atom
def test_permissions_are_its_own_account_s_unless_the_resource_has_none(atom: AnyAtom) -> None:
    for permission in atom.permissions:
        if permission.resource != "*" and "${account}" not in permission.resource:
            assert re.search("::(snapshot|document)/", permission.resource)


@every_atom
def test_a_mutating_atom_says_what_it_touches_and_an_observing_one_disturbs_nothing(atom: AnyAtom) -> None:
    strongest = max((touched.intent.rank for touched in atom.touches), default=0)
    assert strongest == atom.intent.rank
    assert bool(atom.touches) or not atom.mutating


@every_atom
def test_what_is_touched_follows_from_required_input_that_holds_no_slash(atom: AnyAtom) -> None:
    for touched in atom.touches:
        kind, _, name = touched.object.partition("/")
        assert re.fullmatch("[a-z_]+", kind)
        for hole in re.findall(r"\{(\w+)(?:\[\])?\}", name):
            field = atom.input.model_fields[hole]
            assert field.is_required()
            assert "/" not in atom.input.model_json_schema()["properties"][hole]["pattern"]


@every_atom
def test_an_undo_is_a_registered_atom_that_the_same_input_feeds(atom: AnyAtom) -> None:
    if atom.undo is None:
        return
    undo = get_atom(atom.undo)
    assert undo.mutating
    required = {name for name, field in undo.input.model_fields.items() if field.is_required()}
    assert required <= set(atom.input.model_fields)


@every_atom
def test_times_are_long_enough_to_be_true(atom: AnyAtom) -> None:
    assert atom.timeout_s > LONGEST_CALL_S
    if atom.mutating:
        # The function itself may still run when its execution is gone.
        assert atom.effect_timeout_s >= atom.timeout_s
    else:
        assert atom.effect_timeout_s == 0


@every_atom
def test_only_an_atom_that_changes_nothing_may_act_twice_on_a_repeat(atom: AnyAtom) -> None:
    assert atom.idempotency is not Idempotency.NONE or not atom.mutating


@every_atom
def test_schemas_can_be_published(atom: AnyAtom) -> None:
    for schema in (atom.input.model_json_schema(), atom.output.model_json_schema(mode="serialization")):
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert json.loads(json.dumps(schema)) == schema


@every_atom
def test_whatever_its_code_raises_is_declared(atom: AnyAtom) -> None:
    module = inspect.getmodule(atom.run)
    assert module
    raised = {
        node.exc.func.id
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name)
    }
    assert raised - {"ValueError"} <= {error.__name__ for error in atom.raises}


@every_atom
def test_the_errors_it_declares_are_told_apart_by_name(atom: AnyAtom) -> None:
    names = [error.__name__ for error in atom.raises]
    assert len(set(names)) == len(names)


@every_atom
def test_summary_is_one_sentence_or_two(atom: AnyAtom) -> None:
    assert atom.summary.endswith(".")
    assert "\n" not in atom.summary
    assert len(atom.summary) <= 120
