"""Putting mistakes of shape right, to look for mistakes of meaning behind them."""

import pytest

from chalicelib.atoms.registry import get_atoms
from dsl.compile import compile_workflow
from dsl.diagnostics import Diagnostic
from dsl.model import WorkflowFile
from dsl.repair import repair
from dsl.shape import validate
from dsl.source import Node, load_source

GOOD = """
kind: workflow
name: flow
description: A flow.
input: {host: {type: string}}
touches: [{object: "host/{% $input.host %}", intent: disrupt}]
timeout: 10m
steps:
  - id: go
    atom: ec2.start
    with: {instance_id: "{% $input.host %}"}
"""


def read(text: str) -> tuple[Node, tuple[Diagnostic, ...]]:
    root, _ = load_source(text, "flow.yaml")
    assert root is not None
    return root, validate(root, WorkflowFile)[1]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("touches:", "touchs:"), ("{type: string}", "{type: strng}"), ("intent: disrupt", "intent: disrupts")],
)
def test_what_was_misspelt_becomes_what_was_meant(right: str, wrong: str) -> None:
    root, found = read(GOOD.replace(right, wrong))
    repaired = repair(root, found)
    assert repaired is not None
    assert repaired.plain() == read(GOOD)[0].plain()


def test_a_field_like_no_other_is_left_out_and_keeps_the_rest_in_place() -> None:
    root, found = read(GOOD + "zzzzzz: 1\n")
    repaired = repair(root, found)
    assert repaired is not None
    assert repaired.plain() == read(GOOD)[0].plain()
    assert repaired.span == root.span


def test_a_mistake_without_one_remedy_is_not_guessed_at() -> None:
    root, found = read(GOOD.replace('{instance_id: "{% $input.host %}"}', "[soon]"))
    assert found
    assert repair(root, found) is None


def test_a_repaired_file_is_reported_and_never_compiled() -> None:
    compiled = compile_workflow(GOOD.replace("touches:", "touchs:"), "flow.yaml", get_atoms())
    assert compiled.definition is None
    assert [one.code for one in compiled.diagnostics] == ["E201"], "what was meant has no other mistake"


STEP = """\
  - id: more
    {kind}
    when: $input.hots = "x"
"""
UNREADABLE: dict[str, tuple[str, ...]] = {
    "the workflow's": ("", "timeout: 10m", "timeout: 5x"),
    "the workflow's, expected": ("", "timeout: 10m", "timeout: 10m\nexpected: soon"),
    "an atom's": ("atom: ec2.stop\n    with: {instance_id: i-0abc12de}\n    timeout: 5 minutes",),
    "a retry's": (
        "atom: ec2.stop\n    with: {instance_id: i-0abc12de}\n    retry: {errors: [Throttled], interval: 5, max: many, max_interval: 1 h}",
    ),
    "an undo's": (
        "atom: ec2.stop\n    with: {instance_id: i-0abc12de}\n    undo: {atom: ec2.start, with: {instance_id: i-0abc12de}, timeout: 1 h}",
    ),
    "an aws step's": (
        "aws: s3:listBuckets\n    intent: observe\n    resources: {any: all}\n    timeout: 5 minutes\n    heartbeat: often",
    ),
    "a poll's": (
        "wait: {atom: ec2.wait_state, with: {instance_id: i-0abc12de, state: running}, deadline: 1 hour, interval: now}",
    ),
    "an approval's": ("approve: {from: [ana], reason: Shall we, expires: soon}",),
    "a loop's": ("foreach: {items: '[1]', as: one, max_items: many, steps: [{id: w, wait: 1s}]}",),
    "a missing deadline": ("wait: {atom: ec2.wait_state, with: {instance_id: i-0abc12de, state: running}}",),
    "a missing time-out": ("", "timeout: 10m\n", ""),
    "a misplaced one": ("switch: [{when: $input.host = 'x', steps: [{id: w, wait: 1s}]}]\n    timeout: 5m",),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_time_or_number_that_cannot_be_read_hides_no_other_mistake(case: str) -> None:
    kind, right, wrong = (*UNREADABLE[case], "timeout: 10m", "timeout: 1h")[:3]
    text = GOOD.replace("ec2.start", "ec2.strat").replace(right, wrong) + (STEP.format(kind=kind) if kind else "")
    found = compile_workflow(text, "flow.yaml", get_atoms()).diagnostics
    shape = [one for one in found if one.code in {"E201", "E202", "E203", "E204", "E207"}]
    meaning = sorted(one.code for one in found if one not in shape and one.code != "W513")
    assert shape
    assert meaning == (["E301", "E305"] if kind else ["E301"]), [str(one) for one in found]


def test_what_stands_in_for_a_time_is_no_mistake_itself() -> None:
    text = GOOD.replace("ec2.start", "ssm.run_command").replace("10m", "5m") + "    timeout: soon\n"
    found = compile_workflow(text, "flow.yaml", get_atoms()).diagnostics
    assert "E508" not in {one.code for one in found}
