"""The exploration itself: small worlds are explored to their end, and each planted mistake is found."""

from collections.abc import Mapping
from typing import Any

import pytest

from infra.verify.explore import explore
from infra.verify.mutants import MUTANTS, Mutant, planted
from infra.verify.scenario import HALF, ONE, Scenario, Wish
from infra.verify.story import tell

A, ALSO_A, BOTH, B, Y = Wish("e1", "A"), Wish("e2", "A"), Wish("e3", "AB"), Wish("e4", "B"), Wish("e6", "Y")


@pytest.mark.parametrize(
    ("wishes", "faults"),
    [
        ((A, ALSO_A), {"crash": 1}),
        ((A, ALSO_A), {"duplicate": 1}),
        ((A, ALSO_A), {"lost": 1, "fail": 1}),
        ((A, ALSO_A), {"break": 1}),
        ((A, ALSO_A), {"cancel": 1}),
        ((A, ALSO_A), {"tick": 1}),
        ((A, ALSO_A), {"running": 1, "abandon": 1}),
        ((A, ALSO_A, BOTH), {}),
    ],
    ids=str,
)
def test_every_interleaving_keeps_the_promises(wishes: tuple[Wish, ...], faults: Mapping[str, int]) -> None:
    scenario = Scenario("test", wishes, faults)
    explored = explore(scenario)
    assert explored.violation is None, "\n".join(tell(scenario, explored.violation.story))
    assert explored.complete
    assert explored.rests > 0


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_mistake_is_found_and_its_story_told(mutant: Mutant) -> None:
    with planted(mutant):
        explored = explore(mutant.scenario)
    assert explored.violation is not None, mutant.mistake
    story = tell(mutant.scenario, explored.violation.story)
    assert len(story) == len(explored.violation.story)
    assert all(line.strip() for line in story)


def test_a_mistake_is_taken_out_again() -> None:
    mutant = MUTANTS[0]
    before = [getattr(module, name) for module, name, _ in mutant.swaps]
    with planted(mutant):
        assert [getattr(module, name) for module, name, _ in mutant.swaps] != before
    assert [getattr(module, name) for module, name, _ in mutant.swaps] == before


@pytest.mark.parametrize(
    ("wishes", "faults", "budget"),
    [((A, B), {"crash": 1}, ONE), ((A, B, Y), {}, HALF), ((A, B), {"fail": 1, "lost": 1}, ONE)],
    ids=str,
)
def test_every_interleaving_keeps_to_a_budget(wishes: tuple[Wish, ...], faults: Mapping[str, int], budget: Any) -> None:
    scenario = Scenario("test", wishes, faults, budget)
    explored = explore(scenario)
    assert explored.violation is None, "\n".join(tell(scenario, explored.violation.story))
    assert explored.complete


@pytest.mark.parametrize("faults", [{"crash": 1}, {"cancel": 1}, {"fail": 1, "lost": 1}], ids=str)
def test_every_interleaving_keeps_a_service_and_its_hosts_apart(faults: Mapping[str, int]) -> None:
    scenario = Scenario("test", (A, Wish("e7", "S")), faults, covers=True)
    explored = explore(scenario)
    assert explored.violation is None, "\n".join(tell(scenario, explored.violation.story))
    assert explored.complete


def test_a_limit_is_not_taken_for_the_end() -> None:
    assert not explore(Scenario("test", (A, ALSO_A), {"crash": 1}), limit=50).complete


def test_there_are_at_least_sixteen_mistakes_and_each_has_its_own_name() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names)) >= 16
