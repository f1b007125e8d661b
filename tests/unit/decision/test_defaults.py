"""A rule completed by what its object's service and tier say."""

from dataclasses import replace

from chalicelib.catalog.model import (
    Accumulate,
    Batch,
    BatchPolicy,
    Bundle,
    Correlate,
    Dedupe,
    Escalation,
    Goal,
    Rung,
    Storm,
)
from chalicelib.decision.defaults import complete_rule, widen_rule
from tests.builders import make_bundle, make_rule

STORM = Storm("zone", 5, 300, "default")
TIER = Correlate(dedupe=Dedupe(900), settle_s=60, storm=STORM)
PAGE, RUN = Rung(page="sre"), Rung(run="host_tag")


def say(service: Correlate | None = None, escalation: Escalation | None = None) -> Bundle:
    """Tier P1 has three windows and an end of ladders; its service checkout says this."""
    bundle = make_bundle(inherited=("dedupe", "accumulate", "settle", "storm", "escalation"))
    p1 = bundle.tiers[1]._replace(correlate=TIER, escalation=Escalation(600, ("boss",)))
    checkout = bundle.services[0]._replace(correlate=service, escalation=escalation)
    return replace(bundle, tiers=(bundle.tiers[0], p1), services=(checkout,))


def test_each_window_is_the_rules_the_services_or_the_tiers() -> None:
    rule = make_rule(correlate=Correlate(dedupe=Dedupe(60, "$event.id")))
    bundle = say(Correlate(settle_s=30, accumulate=Accumulate(3, 60)))

    found = complete_rule(rule, "checkout", "P1", bundle).correlate

    assert found == Correlate(Dedupe(60, "$event.id"), Accumulate(3, 60), 30, STORM)


def test_what_is_switched_off_comes_from_nobody_further_down() -> None:
    rule = make_rule(correlate=Correlate(off=("storm",)))

    found = complete_rule(rule, "checkout", "P1", say(Correlate(off=("settle",)))).correlate

    assert found is not None
    assert (found.dedupe, found.settle_s, found.storm) == (Dedupe(900), None, None)


def test_a_tier_that_says_nothing_leaves_a_rule_as_it_is() -> None:
    rule = make_rule(correlate=None)

    assert complete_rule(rule, None, "P0", say()) == rule


def test_completing_twice_changes_nothing_more() -> None:
    once = complete_rule(make_rule(goal=Goal("true", 0)), "checkout", "P1", say(Correlate(off=("storm",))))

    assert complete_rule(once, "checkout", "P1", say()) == once


def test_a_widened_rule_has_every_window_that_it_may_have_and_its_own_as_they_are() -> None:
    own = Dedupe(60, "$event.id")

    found = widen_rule(make_rule(correlate=Correlate(dedupe=own, off=("settle",))), say()).correlate

    assert found is not None
    assert (found.dedupe, found.accumulate is None, found.settle_s) == (own, False, None)


def test_in_a_bundle_in_which_nothing_is_inherited_a_rule_stays_the_very_same() -> None:
    rule, bundle = make_rule(), make_bundle()

    assert complete_rule(rule, "checkout", "P1", bundle) is rule
    assert widen_rule(rule, bundle) is rule


def test_a_ladder_goes_on_to_those_whom_the_tier_names_unless_it_ends_with_a_page() -> None:
    def ladder(*rungs: Rung, batch: Batch | None = None) -> tuple[Rung, ...]:
        goal = complete_rule(make_rule(goal=Goal("true", 60, rungs), batch=batch), "checkout", "P1", say()).goal
        return goal.otherwise if goal is not None else ()

    assert ladder(RUN) == (RUN, Rung(page="boss"))
    assert ladder() == (Rung(page="boss"),)
    assert ladder(RUN, PAGE) == (RUN, PAGE)
    assert ladder(batch=Batch({}, BatchPolicy())) == (), "batches climb no ladder"


def test_the_time_and_the_people_of_an_escalation_are_said_each_for_itself() -> None:
    def complete(within_s: int, escalation: Escalation | None) -> Goal | None:
        rule = make_rule(goal=Goal("true", within_s))
        return complete_rule(rule, "checkout", "P1", say(escalation=escalation)).goal

    assert complete(60, None) == Goal("true", 60, (Rung(page="boss"),))
    assert complete(0, None) == Goal("true", 600, (Rung(page="boss"),))
    assert complete(0, Escalation(within_s=300)) == Goal("true", 300, (Rung(page="boss"),))
    assert complete(0, Escalation(pages=())) == Goal("true", 600, ())


def test_a_rule_that_says_all_of_its_goal_stays_the_very_same_where_only_escalation_is_inherited() -> None:
    rule = make_rule(goal=Goal("true", 60, (RUN, PAGE)))

    assert complete_rule(rule, "checkout", "P1", replace(say(), inherited=("escalation",))) is rule
