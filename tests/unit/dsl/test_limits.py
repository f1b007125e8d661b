"""What AWS would refuse is told before: how many events a run writes, how many bytes a value has."""

from typing import Any

import pytest

from dsl.compile import compile_workflow
from dsl.history import count_events
from dsl.model import WorkflowFile
from dsl.payload import ASSUMED_TEXT, Size, size_of_type, size_of_value
from dsl.shape import validate
from dsl.source import load_source
from dsl.types import Type
from tests.unit.dsl.atoms import ATOMS
from tests.unit.dsl.build import HEAD, codes, write

LOOK = "- {id: look, atom: box.look, with: {host: x}}\n"
RETRIED = LOOK.replace("}}", "}, retry: {errors: [Exploded], max: 2}}")


def _count(steps: str, **changes: Any) -> int:
    root, _ = load_source(write(steps), "flow.yaml")
    assert root is not None
    model, found = validate(root, WorkflowFile)
    assert model is not None, found
    return count_events(model.steps, **changes)


def test_an_attempt_is_three_events_and_a_state_two() -> None:
    assert _count(LOOK) == 5
    assert _count(RETRIED) == 5 + 2 * 3


@pytest.mark.parametrize(("after", "times"), [("first", 1), ("every", 3)])
def test_a_rollout_that_asks_people_writes_six_events_for_each_question(after: str, times: int) -> None:
    rollout = "- id: r\n  rollout:\n    items: '[1, 2]'\n    as: one\n    max_items: 2\n    batches: [1, 100%]\n    steps: [{id: w, wait: 1s}]\n"
    asking = f"    approval: {{after: {after}, from: [ops], expires: 1h}}\n"
    assert _count(rollout + asking) - _count(rollout) == times * 6


def test_the_files_own_retry_counts_for_atoms_without_one() -> None:
    root, _ = load_source(write(LOOK, head=HEAD + "defaults: {retry: {errors: [Exploded], max: 3}}\n"), "flow.yaml")
    assert root is not None
    model = validate(root, WorkflowFile)[0]
    assert model is not None
    assert count_events(model.steps, model.defaults.retry) == 5 + 3 * 3


@pytest.mark.parametrize("kind", ["emit: {type: T}", "aws: s3:listBuckets\n  intent: observe\n  resources: {any: all}"])
def test_retries_of_every_task_count(kind: str) -> None:
    assert _count(f"- id: a\n  {kind}\n  retry: {{errors: [States.TaskFailed], max: 2}}\n") == 5 + 2 * 3


def test_waiting_for_a_token_writes_that_it_was_handed_out() -> None:
    call = "- id: a\n  aws: sqs:sendMessage\n  with: {Body: '{% $states.context.Task.Token %}'}\n  intent: observe\n"
    assert _count(call + "  resources: {any: all}\n  timeout: 5m\n") == 6


def test_a_retried_container_runs_all_that_is_in_it_again() -> None:
    once = "- id: both\n  parallel: {left: [{id: w, wait: 1s}], right: [{id: x, wait: 1s}]}\n"
    again = once + "  retry: {errors: [States.ALL], max: 3}\n"
    assert _count(again) == 4 * _count(once)


def test_taking_back_counts() -> None:
    step = "- id: open\n  atom: box.open\n  with: {host: x}\n"
    assert _count(step + "  undo: {atom: box.close, with: {host: x}}\n") == _count(step) + 2 + 5


def test_handlers_and_notifications_are_part_of_a_run() -> None:
    handler = "- id: a{n}\n  wait: {{atom: box.await, with: {{host: x}}, interval: 1s, deadline: 59m}}\n"
    steps = "".join(handler.format(n=n) for n in range(2))
    assert codes(write(steps)) == []
    assert codes(write(steps, on_failure=handler.format(n=9))) == ["E602"]


@pytest.mark.parametrize(
    ("schema", "size"),
    [
        ({"type": "string"}, Size(2, ASSUMED_TEXT + 2)),
        ({"type": "string", "minLength": 3, "maxLength": 5}, Size(5, 7)),
        ({"enum": ["a", "long"]}, Size(3, 6)),
        ({"type": "boolean"}, Size(4, 5)),
        ({"anyOf": [{"type": "null"}, {"enum": ["abcdefgh"]}]}, Size(4, 10)),
        ({"type": "array", "items": {"type": "null"}, "maxItems": 3}, Size(2 + 3 * 5, 2 + 3 * 5)),
        ({"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"]}, Size(11, 11)),
        ({"type": "object", "properties": {"a": {"type": "null"}}}, Size(2, 11)),
    ],
)
def test_a_schema_has_a_least_and_a_likely_size(schema: dict[str, Any], size: Size) -> None:
    assert size_of_type(Type(schema)) == size


def test_a_schema_that_holds_itself_has_a_size() -> None:
    schema = {
        "$ref": "#/$defs/Tree",
        "$defs": {"Tree": {"type": "array", "items": {"$ref": "#/$defs/Tree"}, "maxItems": 1}},
    }
    assert size_of_type(Type(schema, schema)).least > 0


def test_a_value_is_measured_as_the_bytes_that_it_is() -> None:
    assert size_of_value({"é": [1, "b", None]}, lambda _: None).least == len('{"é":[1,"b",null],},'.encode())


def test_an_expression_is_measured_by_what_it_reads() -> None:
    kind = Type({"type": "object", "properties": {"a": {"type": "string", "maxLength": 9}}})
    assert size_of_value("{% $input.a %}", {"input": kind}.get) == Size(2, 11)


def test_one_large_literal_is_told_at_its_step() -> None:
    text = write(f"- id: a\n  set: {{x: {'y' * 262_144}}}\n")
    (one,) = compile_workflow(text, "flow.yaml", ATOMS).diagnostics
    assert (one.code, one.span.line) == ("E604", 13)


def test_of_loops_inside_each_other_the_inner_one_is_told() -> None:
    inner = "{id: in, foreach: {items: '[1]', as: b, max_items: 9000, steps: [{id: s, set: {x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}]}}"
    text = write(f"- {{id: out, foreach: {{items: '[1]', as: a, max_items: 2, steps: [{inner}]}}}}\n")
    found = compile_workflow(text, "flow.yaml", ATOMS).diagnostics
    assert [one.code for one in found] == ["E604"]
    assert "9,000 items" in found[0].message


def test_what_substitutions_become_counts_to_the_machine() -> None:
    steps = "".join(f"- {{id: s{n}, atom: box.look, with: {{host: x}}}}\n" for n in range(2_200))
    found = compile_workflow(write(steps), "flow.yaml", ATOMS).diagnostics
    assert [one.code for one in found] == ["E601"]


BIG = HEAD.replace("hosts: {type: array", "texts: {type: array, items: {type: string, min_length: 30, max_length: 40}, max_items: 5000}\n  hosts: {type: array").replace("timeout: 1h", "timeout: 5h")  # fmt: skip
CHILDREN = """
- {id: pause, wait: 1s}
- id: kept
  foreach: {items: $input.texts, as: text, max_items: 5000, steps: [{id: said, set: {words: "sixteen letters."}}]}
- id: every
  foreach:
    items: $input.hosts
    as: one
    max_items: 100
    steps: [{id: seen, set: {n: "{% $count(OUTER) %}"}}]
    output: done
"""


@pytest.mark.parametrize(
    ("outer", "found"), [("$input.texts", []), ("$kept", []), ("$append($input.texts, $kept)", ["E604"])]
)
def test_what_a_child_is_given_from_outside_fits_together(outer: str, found: list[str]) -> None:
    assert codes(write(CHILDREN.replace("OUTER", outer), head=BIG)) == found


def test_containers_one_after_the_other_never_hold_theirs_at_once() -> None:
    loop = "- id: {0}\n  foreach: {{items: '[1..40]', as: {0}_n, max_items: 40, steps: [{{id: {0}_k, foreach: {{items: $input.texts, as: {0}_t, max_items: 5000, steps: [{{id: {0}_s, set: {{w: sixteen letters.}}}}]}}}}], output: done}}\n"
    assert codes(write("".join(loop.format(name) for name in "abcd"), head=BIG)) == []
    twice = loop.replace("], output", ", {{id: {0}_z, set: {{w: '{{% ${0}_k %}}'}}}}], output")
    assert codes(write(twice.format("a"), head=BIG)) == []
