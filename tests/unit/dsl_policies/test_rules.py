"""Rules: what a file compiles to, and every mistake with its code, place and hint."""

from typing import Any

import pytest

from chalicelib.catalog.model import Branch, Correlate, Dedupe, Goal, Rule, RuleMode, Rung, Storm
from dsl.diagnostics import render_text
from dsl.policies.rules import compile_rule
from tests.unit.dsl_policies.examples import KNOWN, RULE


def test_a_rule_compiles_to_the_catalogs_model() -> None:
    rule, found = compile_rule(RULE, "r.yaml", KNOWN)
    assert found == ()
    assert rule == Rule(
        name="host_stopped",
        description="A host stopped.",
        mode=RuleMode.ACTIVE,
        match={"source": ["aws.ec2"], "detail": {"state": ["stopped"]}},
        object='host/{% $event.detail."instance-id" %}',
        branches=(
            Branch(when='$object.tier = "P0"', page="sre-oncall"),
            Branch(when='$runs("host_reboot", "8h") >= 2', ignore="tried often enough"),
            Branch(when=None, run="host_reboot", with_={"host": "{% $object.name %}", "drain": 5}),
        ),
        goal=Goal('$object.state = "running"', 1800),
    )


MISTAKES = [
    ("an operator EventBridge has not", "[stopped]", "[{regex: x}]", "E701", (7, 12), "Unrecognized match type regex"),
    ("a pattern's leaf that is no list", "source: [aws.ec2]", "source: aws.ec2", "E701", (5, 1), '"source" must be an object'),
    ("an expression that does not parse", '$object.tier = "P0"', "$object.tier =", "E702", (10, 24), "ends too early"),
    ("JavaScript's equality", '= "P0"', '== "P0"', "E702", None, "write `=`"),
    ("chance", '$object.tier = "P0"', "$random() > 0.5", "E702", (10, 11), "$random is not allowed"),
    ("evaluating data", '$object.tier = "P0"', "$eval($event.detail.x) = 1", "E702", (10, 11), "$eval is not allowed"),
    ("recursion", '$object.tier = "P0"', "($f := function($x) { $f($x) }; $f(1))", "E702", (10, 11), "calls itself"),
    ("brackets where an expression is meant anyway", '$object.tier = "P0"', '"{% true %}"', "E702", (10, 11), "takes no `{% %}`"),
    ("no default", "  - default: true\n    run", "  - when: true = true\n    run", "E703", (14, 5), "the last branch is no default"),
    ("a default in the middle", '- when: $object.tier = "P0"', "- default: true", "E703", (10, 5), "before other branches"),
    ("when and default", "- default: true", "- default: true\n    when: 1 = 1", "E703", (14, 5), "not both"),
    ("neither when nor default", '- when: $object.tier = "P0"\n    page', "- page", "E703", (10, 5), "has no `when`"),
    ("two deeds", "page: sre-oncall", "page: sre-oncall\n    ignore: later", "E704", (10, 5), "`page` and `ignore`"),
    ("no deed", "    page: sre-oncall\n", "", "E704", (10, 5), "says nothing"),
    ("an input for nobody", "page: sre-oncall", "page: sre-oncall\n    with: {a: 1}", "E704", (12, 5), "`with` is the input of a `run`"),
    ("an unknown workflow", "run: host_reboot", "run: host_rebot", "E705", (15, 10), "no workflow or atom is called 'host_rebot'"),
    ("an unknown workflow in $runs", '$runs("host_reboot"', '$runs("host_rebot"', "E705", (12, 11), "'host_rebot'"),
    ("a missing input", '      host: "{% $object.name %}"\n', "", "E706", (16, 5), "needs the input `host`"),
    ("an unknown input", "drain: 5", "drian: 5", "E706", (18, 7), "has no input `drian`"),
    ("a literal of the wrong type", "drain: 5", "drain: five", "E706", (18, 14), "drain must be integer, not string"),
    ("a literal that does not match", '"{% $object.name %}"', "web-1", "E706", (17, 13), "host must match ^i-"),
    ("an unknown name", "$object.name", "$input.host", "E707", (17, 17), "`$input` does not exist here"),
    ("an unknown field of the object", "$object.tier", "$object.teir", "E707", (10, 11), "has no field `teir`"),
    ("an unknown field of the event", "$event.detail.", "$event.details.", "E707", (8, 18), "has no field `details`"),
    ("the object in its own template", '$event.detail."instance-id"', "$object.name", "E707", (8, 18), "`$object` does not exist here"),
    ("the event in a goal", '$object.state = "running"', '$event.source = "x"', "E707", (19, 16), "`$event` does not exist here"),
    ("history in a goal", '$object.state = "running"', '$runs("host_reboot", "8h") = 0', "E707", (19, 16), "no function `$runs`"),
    ("a name without a dollar", "$object.tier =", "object.tier =", "E707", (10, 11), "`object` belongs to nothing here"),
    ("an unknown function", "$runs(", "$run(", "E707", (12, 11), "no function `$run`"),
    ("a window that is none", '"8h"', '"8 hours"', "E707", (12, 11), "'8 hours' is not a duration"),
    ("a window that is missing", ', "8h")', ")", "E707", (12, 11), "takes a workflow and a window"),
    ("an object id without a kind", "'host/{%", "'{%", "E708", (8, 9), "write kind/name"),
    ("an object id with an empty part", "'host/{%", "'host//{%", "E708", (8, 9), "a part of it is empty"),
    ("a hole that is not closed", '"instance-id" %}', '"instance-id" }', "E708", (8, 9), "a hole is not closed"),
    ("a wait of no time", "goal:", "correlate: {settle: 0s}\ngoal:", "E204", (19, 21), "from 1s to 7d"),
    ("a wait of a month", "goal:", "correlate: {settle: 30d}\ngoal:", "E204", (19, 21), "from 1s to 7d"),
    ("a storm per what is no place", "goal:", "correlate: {storm: {per: zon, more_than: 5, within: 5m}}\ngoal:", "E712", (19, 26), "did you mean 'zone'?"),
    ("a storm per a label that is not called one", "goal:", "correlate: {storm: {per: rack, more_than: 5, within: 5m}}\ngoal:", "E712", (19, 26), "or labels.rack"),
    ("a storm without a number", "goal:", "correlate: {storm: {per: zone, within: 5m}}\ngoal:", "E202", (19, 13), "`more_than` is missing"),
    ("a storm of none", "goal:", "correlate: {storm: {per: zone, more_than: 0, within: 5m}}\ngoal:", "E204", (19, 43), "greater than or equal to 1"),
    ("a storm without a time", "goal:", "correlate: {storm: {per: zone, more_than: 5}}\ngoal:", "E202", (19, 13), "`within` is missing"),
    ("no window", "goal:", "correlate: {}\ngoal:", "E712", (19, 1), "names no window"),
    ("an unknown window", "goal:", "correlate: {debounce: 15m}\ngoal:", "E201", (19, 13), "unknown field `debounce`"),
    ("a window without a unit", "goal:", "correlate: {dedupe: 15}\ngoal:", "E203", (19, 21), "has no unit"),
    ("a window of no time", "goal:", "correlate: {dedupe: 0s}\ngoal:", "E204", (19, 21), "greater than or equal to 1"),
    ("accumulate without a time", "goal:", "correlate: {accumulate: {count: 3}}\ngoal:", "E202", (19, 13), "`within` is missing"),
    ("a count of one", "goal:", "correlate: {accumulate: {count: 1, within: 5m}}\ngoal:", "E204", (19, 33), "greater than or equal to 2"),
    ("the object in `by`", "goal:", "correlate: {dedupe: {within: 5m, by: $object.zone}}\ngoal:", "E707", (19, 38), "`$object` does not exist here"),
    ("a rung that does nothing", "within: 30m}", "within: 30m, otherwise: [{}, {page: x}]}", "E704", (19, 69), "this one says nothing"),
    ("a rung that does two things", "within: 30m}", "within: 30m, otherwise: [{page: x, run: host_reboot, with: {host: i-0}}, {page: x}]}", "E704", (19, 70), "`run` and `page`"),
    ("a rung that runs what is not there", "within: 30m}", "within: 30m, otherwise: [{run: host_rebot}, {page: x}]}", "E705", (19, 75), "'host_rebot'"),
    ("a rung whose input does not fit", "within: 30m}", "within: 30m, otherwise: [{run: host_reboot, with: {hots: i-0, host: i-0}}, {page: x}]}", "E706", (19, 95), "no input `hots`"),
    ("a rung without its input", "within: 30m}", "within: 30m, otherwise: [{run: host_reboot}, {page: x}]}", "E706", (19, 70), "needs the input `host`"),
    ("a rung that pages twice", "within: 30m}", "within: 30m, otherwise: [{page: x, attempts: 2}]}", "E704", (19, 79), "`attempts` belongs to a `run`"),
    ("no rung", "within: 30m}", "within: 30m, otherwise: []}", "E204", (19, 68), "at least 1"),
    ("the goal's own names in a rung", "within: 30m}", 'within: 30m, otherwise: [{run: host_reboot, with: {host: "{% $input.host %}"}}, {page: x}]}', "E707", (19, 105), "`$input` does not exist here"),
    ("an expression among text", '"{% $object.name %}"', '"i-{% $object.name %}"', "E710", (17, 13), "among other text"),
    ("an unknown field", "mode: active", "mode: active\nmoed: x", "E201", (5, 1), "unknown field `moed`"),
    ("no mode", "mode: active\n", "", "E202", None, "`mode` is missing"),
    ("a mode that is none", "mode: active", "mode: enabled", "E204", (4, 7), "enabled"),
    ("a goal that lasts no time", "within: 30m", "within: 30", "E203", None, "has no unit"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "code", "place", "text"), [one[1:] for one in MISTAKES], ids=[one[0] for one in MISTAKES]
)
def test_a_mistake_is_told_with_its_code_and_place(
    right: str, wrong: str, code: str, place: tuple[int, int] | None, text: str
) -> None:
    assert right in RULE
    source = RULE.replace(right, wrong, 1)
    rule, found = compile_rule(source, "r.yaml", KNOWN)
    assert rule is None
    matching = [one for one in found if one.code == code and text in f"{one.message} {one.hint}"]
    assert matching, render_text(found, {"r.yaml": source})
    if place is not None:
        assert (matching[0].span.line, matching[0].span.column) == place, render_text(found, {"r.yaml": source})


@pytest.mark.parametrize("mistake", MISTAKES, ids=[one[0] for one in MISTAKES])
def test_one_mistake_gives_one_message(mistake: tuple[str, str, str, str, Any, str]) -> None:
    _, right, wrong, *_ = mistake
    _, found = compile_rule(RULE.replace(right, wrong, 1), "r.yaml", KNOWN)
    assert len(found) == 1, render_text(found, {"r.yaml": RULE.replace(right, wrong, 1)})


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    source = RULE
    for right, wrong in [("[stopped]", "[]"), ("$object.tier", "$object.teir"), ("run: host_reboot", "run: x"), ("'host/", "'"),
                         ("goal:", "batch: {targets: {kind: host}}\ngoal:")]:  # fmt: skip
        source = source.replace(right, wrong, 1)
    _, found = compile_rule(source, "r.yaml", KNOWN)
    assert sorted(one.code for one in found) == ["E701", "E705", "E707", "E708", "E716"]


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    _, found = compile_rule(RULE.replace("run: host_reboot", "run: host_rebot"), "r.yaml", KNOWN)
    assert [one.hint for one in found] == ["did you mean 'host_reboot'?"]


def test_nothing_is_said_of_the_input_of_a_workflow_that_did_not_compile() -> None:
    broken = {**KNOWN, "host_reboot": KNOWN["ec2.describe"]}
    assert compile_rule(RULE, "r.yaml", broken)[1] == ()


def test_a_ladder_compiles_and_one_that_ends_without_a_person_is_warned_about() -> None:
    ladder = "within: 30m, otherwise: [{run: host_reboot, with: {host: i-0}, attempts: 2}, {page: sre}]}"
    rule, found = compile_rule(RULE.replace("within: 30m}", ladder), "r.yaml", KNOWN)
    assert found == ()
    assert rule is not None
    assert rule.goal is not None
    rungs = (Rung("host_reboot", {"host": "i-0"}, None, 2), Rung(None, None, "sre", 1))
    assert rule.goal.otherwise == rungs
    assert (rule.runs, rule.pages) == (("host_reboot",), ("sre-oncall", "sre"))
    _, (warning,) = compile_rule(RULE.replace("within: 30m}", ladder.replace(", {page: sre}", "")), "r.yaml", KNOWN)
    assert (warning.code, warning.span.line, warning.span.column) == ("W731", 19, 70)


def test_windows_compile() -> None:
    text = "correlate: {dedupe: 15m, settle: 90s, storm: {per: labels.rack, more_than: 5, within: 5m}}\ngoal:"
    rule, found = compile_rule(RULE.replace("goal:", text), "r.yaml", KNOWN)
    assert found == ()
    assert rule is not None
    assert rule.correlate == Correlate(Dedupe(900), None, 90, Storm("labels.rack", 5, 300, "default"))
    assert rule.pages == ("sre-oncall", "default")


def test_a_wait_that_nothing_can_end_is_warned_about() -> None:
    source = RULE.replace("goal:", "correlate: {settle: 90s}\ngoal:").replace("[aws.ec2]", "[my.shop]")
    rule, (warning,) = compile_rule(source, "r.yaml", KNOWN)
    assert rule is not None
    assert (warning.code, warning.span.line, warning.span.column) == ("W732", 19, 13)
