"""Every atom on the fake: run twice, run after an answer was lost, and run into every kind of fault."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.atoms.errors import AtomError, InputInvalid, Unavailable
from chalicelib.atoms.registry import MODULES, AnyAtom, get_atoms
from tests.unit.atoms.fakes import client_error, lost_answer
from tests.unit.atoms.scenarios import SCENARIOS

ATOMS = get_atoms()
MUTATING = [atom for atom in ATOMS.values() if atom.mutating]

every_atom = pytest.mark.parametrize("atom", ATOMS.values(), ids=list(MODULES))
every_mutating_atom = pytest.mark.parametrize("atom", MUTATING, ids=[atom.name for atom in MUTATING])


def test_every_atom_has_a_scenario() -> None:
    assert list(SCENARIOS) == list(MODULES)


@every_atom
def test_it_emits_exactly_if_it_says_so(atom: AnyAtom) -> None:
    scenario = SCENARIOS[atom.name]
    aws = scenario.build()
    aws.run(atom, **scenario.given)
    assert bool(aws.published) == bool(atom.emits)


@every_mutating_atom
def test_run_twice_it_leaves_the_world_as_run_once(atom: AnyAtom) -> None:
    scenario = SCENARIOS[atom.name]
    aws = scenario.build()
    aws.run(atom, **scenario.given)
    once = aws.snapshot()
    aws.run(atom, **scenario.given)
    assert aws.snapshot() == once


@every_mutating_atom
@pytest.mark.parametrize("commits", [True, False], ids=["committed", "lost"])
def test_after_a_time_out_it_says_so_and_a_repeat_leads_to_the_same_world(atom: AnyAtom, *, commits: bool) -> None:
    scenario = SCENARIOS[atom.name]
    clean = scenario.build()
    clean.run(atom, **scenario.given)

    aws = scenario.build()
    aws.break_once(scenario.service, scenario.operation, lost_answer(), commits=commits)
    with pytest.raises(Unavailable) as raised:
        aws.run(atom, **scenario.given)
    assert raised.value.transient
    assert not raised.value.nothing_done

    aws.run(atom, **scenario.given)
    assert aws.snapshot() == clean.snapshot()


@every_mutating_atom
def test_after_a_committed_time_out_the_repeat_publishes_what_the_first_try_could_not(atom: AnyAtom) -> None:
    scenario = SCENARIOS[atom.name]
    clean = scenario.build()
    clean.run(atom, **scenario.given)

    aws = scenario.build()
    aws.break_once(scenario.service, scenario.operation, lost_answer(), commits=True)
    with pytest.raises(Unavailable):
        aws.run(atom, **scenario.given)
    assert aws.published == []
    aws.run(atom, **scenario.given)
    assert aws.published == clean.published


@every_atom
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Throttling", 400),
        ("UnauthorizedOperation", 403),
        ("AccessDenied", 403),
        ("SomethingNotFound", 400),
        ("ValidationError", 400),
        ("IncorrectState", 400),
        ("InternalError", 500),
    ],
)
def test_a_fault_becomes_a_declared_error_and_a_repeat_succeeds(atom: AnyAtom, code: str, status: int) -> None:
    scenario = SCENARIOS[atom.name]
    aws = scenario.build()
    aws.break_once(scenario.service, scenario.operation, client_error(code, status=status))
    with pytest.raises(AtomError) as raised:
        aws.run(atom, **scenario.given)
    assert type(raised.value) in atom.raises
    aws.run(atom, **scenario.given)


WRONG: tuple[Any, ...] = ({"not": "this"}, [[]], 10**30, "\x00/ /", None, -1)
"""Values of every type; for any field some of them fit its type, and none of them its meaning."""


@every_atom
def test_wrong_types_and_unknown_fields_are_named_and_nothing_is_asked_of_aws(atom: AnyAtom) -> None:
    scenario = SCENARIOS[atom.name]
    aws = scenario.build()
    before = aws.snapshot()
    fields = atom.input.model_json_schema()["properties"]
    for field in fields:
        refused = 0
        for value in WRONG:
            try:
                atom.input.model_validate({**scenario.given, field: value})
            except ValidationError:
                refused += 1
                with pytest.raises(InputInvalid, match=field) as raised:
                    aws.run(atom, **{**scenario.given, field: value})
                assert (raised.value.transient, raised.value.nothing_done) == (False, True)
                assert str(value) not in str(raised.value) or value in (None, -1), "values may be secrets"
        assert refused or fields[field].get("type") is None, field
    with pytest.raises(InputInvalid, match=r"nonsense: Extra inputs"):
        aws.run(atom, **scenario.given, nonsense=1)
    assert aws.snapshot() == before
    assert not aws.published


@every_atom
def test_every_error_says_what_to_do(atom: AnyAtom) -> None:
    for error in atom.raises:
        told = str(error(cause="CAUSE"))
        assert re.search(r"CAUSE\. \S.{10,}\.$|, so .*CAUSE\.$", told), told
