"""The exploration itself: small worlds are explored to their end, and each planted mistake is found."""

from collections.abc import Mapping
from typing import Any

import pytest

from infra.verify.explore import explore
from infra.verify.mutants import Mutant, planted
from infra.verify.policy import AGAIN_THEN_PAGE, DOWN, EITHER, HALF, HOURLY, ONE, UP, Policy
from infra.verify.registry import MUTANTS
from infra.verify.scenario import Scenario, Wish
from infra.verify.story import tell
from infra.verify.worlds import FULL, SCENARIOS

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
    scenario = Scenario("test", wishes, faults, Policy(budget))
    explored = explore(scenario)
    assert explored.violation is None, "\n".join(tell(scenario, explored.violation.story))
    assert explored.complete


@pytest.mark.parametrize("faults", [{"crash": 1}, {"cancel": 1}, {"fail": 1, "lost": 1}], ids=str)
def test_every_interleaving_keeps_a_service_and_its_hosts_apart(faults: Mapping[str, int]) -> None:
    scenario = Scenario("test", (A, Wish("e7", "S")), faults, Policy(covers=True))
    explored = explore(scenario)
    assert explored.violation is None, "\n".join(tell(scenario, explored.violation.story))
    assert explored.complete


STOPS, IS_BACK = Wish("e1", "A", state=DOWN), Wish("e2", "A", state=UP)


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario("approval", (A,), {"yes": 1, "no": 1}, Policy(approval=EITHER), moments=(0, 3600)),
        Scenario("approval", (A,), {"yes": 1, "deploy": 1}, Policy(approval=EITHER), moments=(0, 3600)),
        Scenario("freeze", (A, ALSO_A), {"freeze": 1}),
        Scenario("freeze", (A,), {"freeze": 1, "unfreeze": 1}, held="queue", moments=(0, 8000)),
        Scenario("rate", (A, B), {"crash": 1}, Policy(HOURLY), moments=(0, 3700)),
        Scenario("ladder", (STOPS,), {"fail": 2}, Policy(ladder=AGAIN_THEN_PAGE), moments=(0, 90, 2000)),
        Scenario("ladder", (STOPS, IS_BACK), {}, Policy(ladder=AGAIN_THEN_PAGE), moments=(0, 90, 2000)),
        Scenario("settling", (STOPS, IS_BACK), {"lost": 1}, Policy(settle_s=90), moments=(0, 200)),
    ],
    ids=lambda scenario: f"{scenario.name}: {', '.join(scenario.faults)}",
)
def test_every_interleaving_waits_for_people_freezes_and_time(scenario: Scenario) -> None:
    explored = explore(scenario)
    assert explored.violation is None, "\n".join(tell(scenario, explored.violation.story))
    assert explored.complete
    assert explored.rests > 0


def test_a_promise_about_a_step_is_kept_on_every_way_to_a_state() -> None:
    """Reserved and then frozen is the same state as frozen and then reserved, and only one of them is right."""
    mutant = next(one for one in MUTANTS if one.name == "start-in-freeze")
    with planted(mutant):
        violation = explore(mutant.scenario).violation
    assert violation is not None
    story = tell(mutant.scenario, violation.story)
    assert violation.promise.endswith("is reserved in a freeze")
    assert [line.partition(". ")[2] for line in story] == [
        "decide, for e1 (wants A): read the freezes, object A",
        "a person freezes everything: read the freezes",
        "a person freezes everything: write the freezes",
        "decide, for e1 (wants A): write dispatch e1 (wants A) as reserved, object A (fence=1), check the freezes",
    ]


def test_no_world_is_explored_twice() -> None:
    names = [scenario.name for scenario in (*SCENARIOS, *FULL)]
    assert len(names) == len(set(names))


def test_a_limit_is_not_taken_for_the_end() -> None:
    assert not explore(Scenario("test", (A, ALSO_A), {"crash": 1}), limit=50).complete


def test_there_are_at_least_sixteen_mistakes_and_each_has_its_own_name() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names)) >= 16
