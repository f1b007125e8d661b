"""A fresh installation changes nothing by itself: each rule of the repository that acts is in shadow."""

import pytest

from chalicelib.catalog.load import load_bundle
from chalicelib.catalog.model import Intent, Rule, RuleMode

BUNDLE = load_bundle()


@pytest.mark.parametrize("rule", BUNDLE.rules, ids=lambda rule: rule.name)
def test_a_rule_is_in_shadow_unless_it_only_observes(rule: Rule) -> None:
    intents = {touch.intent for name in rule.runs for touch in BUNDLE.workflows[name].touches}
    atoms = {BUNDLE.atoms[atom].intent for name in rule.runs for atom in BUNDLE.workflows[name].atoms}
    observes = not rule.pages and intents | atoms <= {Intent.OBSERVE}

    assert rule.mode is RuleMode.SHADOW or observes
