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
    root, found = read(GOOD.replace("timeout: 10m", "timeout: [soon]"))
    assert found
    assert repair(root, found) is None


def test_a_repaired_file_is_reported_and_never_compiled() -> None:
    compiled = compile_workflow(GOOD.replace("touches:", "touchs:"), "flow.yaml", get_atoms())
    assert compiled.definition is None
    assert [one.code for one in compiled.diagnostics] == ["E201"], "what was meant has no other mistake"


def test_a_time_out_that_cannot_be_read_hides_no_other_mistake() -> None:
    text = GOOD.replace("10m", "5x").replace("ec2.start", "ec2.strat")
    found = compile_workflow(text, "flow.yaml", get_atoms()).diagnostics
    assert [one.code for one in found] == ["E203", "E301"]
