"""Every atom asked what it would do: nothing is sent, nothing is published, and the act is named."""

import pytest

from chalicelib.atoms.registry import MODULES, AnyAtom, get_atoms
from tests.unit.atoms.scenarios import SCENARIOS

ATOMS = get_atoms()
MUTATING = [atom for atom in ATOMS.values() if atom.mutating]
SPEAKS_OUT = {"notify.sns", "notify.webhook", "http.call"}

every_atom = pytest.mark.parametrize("atom", ATOMS.values(), ids=list(MODULES))
every_mutating_atom = pytest.mark.parametrize("atom", MUTATING, ids=[atom.name for atom in MUTATING])


@every_atom
def test_a_dry_run_leaves_the_world_as_it_was_and_tells_nobody(atom: AnyAtom) -> None:
    scenario = SCENARIOS[atom.name]
    aws = scenario.build()
    before = aws.snapshot()
    answer = aws.dry_run(atom, **scenario.given)
    assert answer["dry_run"] is True
    assert aws.snapshot() == before
    assert not aws.published
    assert not aws.sns.sent
    assert not aws.web.sent


@every_mutating_atom
def test_it_names_the_request_that_it_would_make(atom: AnyAtom) -> None:
    scenario = SCENARIOS[atom.name]
    would = scenario.build().dry_run(atom, **scenario.given)["would"]
    assert (would["service"], would["operation"]) == (scenario.service, scenario.operation)
    assert would["parameters"]
    assert would["allowed"] is None


@every_mutating_atom
def test_where_there_is_nothing_to_do_it_gives_the_output_or_the_same_harmless_request(atom: AnyAtom) -> None:
    scenario = SCENARIOS[atom.name]
    aws = scenario.build()
    aws.run(atom, **scenario.given)
    answer = aws.dry_run(atom, **scenario.given)
    assert (answer["output"] is None) == (answer["would"] is not None)
    assert answer["would"] is None or atom.idempotency in {"natural", "client_token"}


@every_atom
def test_what_only_looks_answers_as_always(atom: AnyAtom) -> None:
    if atom.mutating or atom.name in SPEAKS_OUT:
        return
    scenario = SCENARIOS[atom.name]
    answer = scenario.build().dry_run(atom, **scenario.given)
    assert answer == {"dry_run": True, "would": None, "output": scenario.build().run(atom, **scenario.given)}


@pytest.mark.parametrize("name", sorted(SPEAKS_OUT))
def test_no_secret_is_told(name: str) -> None:
    scenario = SCENARIOS[name]
    answer = scenario.build().dry_run(ATOMS[name], **scenario.given)
    assert answer["would"] is not None
    assert "hooks.slack.com/services" not in str(answer)
