"""`batch` in rules, services and tiers: what it compiles to, and every mistake with its place."""

import pytest

from chalicelib.catalog.model import Batch, BatchPolicy
from dsl.diagnostics import render_text
from dsl.policies.rules import compile_rule
from dsl.policies.services import compile_services
from tests.unit.dsl_policies.examples import KNOWN, RULE, SERVICES

BATCH = """\
batch:
  targets: {kind: host, service: "{% $object.name %}", labels: {role: web}}
  steps: [1, "10%", "100%"]
  canary: 1
  max_unavailable: {P0: 1, P1: "10%"}
  stop: {failures: "5%"}
  progress_deadline: 2h
"""
RULED = RULE.replace("{% $object.name %}", "{% $target.name %}") + BATCH


def test_a_rules_batch_compiles_with_what_it_says_and_nothing_else() -> None:
    rule, found = compile_rule(RULED, "r.yaml", KNOWN)
    assert found == ()
    assert rule is not None
    assert rule.batch == Batch(
        {"kind": "host", "service": "{% $object.name %}", "zone": None, "labels": {"role": "web"}, "healthy": None},
        BatchPolicy(
            steps=("1", "10%", "100%"), canary="1", max_unavailable={"P0": "1", "P1": "10%"}, stop_failures="5%",
            progress_deadline_s=7200,
        ),
    )  # fmt: skip


MISTAKES = [
    ("every host there is", ', service: "{% $object.name %}", labels: {role: web}', "", "E716", "means every host there is"),
    ("a batch of nothing", "[1, ", "[0, ", "E716", "a batch of nothing"),
    ("a name that does not exist there", 'service: "{% $object', 'service: "{% $target', "E707", "`$target` does not exist here"),
    ("a size that is none", '"5%"', '"5 percent"', "E204", "neither a number nor a percentage"),
    ("a field that is not known", "canary", "canaries", "E201", "canaries"),
    ("nothing that runs", '    run: host_reboot\n    with:\n      host: "{% $target.name %}"\n      drain: 5\n', "    ignore: no\n", "E716", "no branch runs anything"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "code", "told"), [one[1:] for one in MISTAKES], ids=[one[0] for one in MISTAKES]
)
def test_a_mistake_in_a_batch_is_told(right: str, wrong: str, code: str, told: str) -> None:
    assert right in RULED
    rule, found = compile_rule(RULED.replace(right, wrong, 1), "r.yaml", KNOWN)
    assert rule is None
    (one,) = (one for one in found if one.code == code)
    assert told in render_text([one], {"r.yaml": RULED})


def test_the_target_is_not_known_where_there_is_no_batch() -> None:
    _, found = compile_rule(RULE.replace("{% $object.name %}", "{% $target.name %}"), "r.yaml", KNOWN)
    assert [one.code for one in found] == ["E707"]


def test_services_and_tiers_say_what_holds_by_default() -> None:
    text = SERVICES.replace("[P0, P1]", "[{name: P0, batch: {max_unavailable: 1}}, P1]") + "    batch: {steps: [2]}\n"
    services, found = compile_services(text, "s.yaml")
    assert found == ()
    assert services is not None
    assert services.tiers[0].batch == BatchPolicy(max_unavailable={"": "1"})
    assert services.services[0].batch == BatchPolicy(steps=("2",))
    _, wrong = compile_services(text.replace("steps: [2]", "steps: [0]"), "s.yaml")
    assert [(one.code, one.span.line) for one in wrong] == [("E716", 9)]
    _, wrong = compile_services(text.replace("max_unavailable: 1", "max_unavailable: {P0: 1}"), "s.yaml")
    assert [one.code for one in wrong] == ["E204"]
