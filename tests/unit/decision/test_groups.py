from chalicelib.catalog.model import Branch, Rule, RuleMode
from chalicelib.decision.decide import decide, find_subjects
from chalicelib.decision.groups import choose_rules
from chalicelib.decision.model import History, Subject
from chalicelib.decision.objects import view_object
from tests.unit.decision.examples import HOST, NOW, make_bundle, make_event, make_rule

PAGE = Branch(when=None, page="sre")


def named(name: str, *, group: str | None = "hosts", priority: int = 0, mode: RuleMode = RuleMode.ACTIVE) -> Rule:
    return make_rule(PAGE, name=name, group=group, priority=priority, mode=mode)


def list_chosen(*rules: Rule) -> list[str]:
    return [rule.name for rule in choose_rules(rules)]


def test_the_highest_priority_comes_first_and_equal_ones_keep_their_order() -> None:
    rules = (named("a", group=None), named("b", group=None, priority=5), named("c", group=None))

    assert list_chosen(*rules) == ["b", "a", "c"]


def test_of_a_group_only_the_first_is_decided() -> None:
    assert list_chosen(named("a"), named("b", priority=1), named("alone", group=None)) == ["b", "alone"]


def test_a_shadow_rule_takes_no_active_rules_turn_but_loses_its_own() -> None:
    shadow = named("shadow", priority=9, mode=RuleMode.SHADOW)

    assert list_chosen(named("a"), shadow) == ["shadow", "a"]
    assert list_chosen(named("a", priority=10), shadow) == ["a"]
    assert list_chosen(shadow, named("also", mode=RuleMode.SHADOW)) == ["shadow"]


def test_the_record_says_which_rules_were_passed_over() -> None:
    bundle = make_bundle(named("a"), named("b", priority=1))
    event = make_event()
    (subject,) = find_subjects(event, bundle)
    assert isinstance(subject, Subject)
    view = view_object(HOST, state=None, state_at=None, labels={}, bundle=bundle)

    decision = decide(event, subject.rule, view, History(), bundle, NOW)

    assert decision.trials[0].reason == "the event matches the rule's pattern; of group hosts it goes before a"
