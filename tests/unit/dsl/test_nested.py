import pytest

from dsl.compile import compile_workflow
from dsl.diagnostics import render_text
from dsl.inline import read_library
from tests.unit.dsl.atoms import ATOMS
from tests.unit.dsl.build import Failing, write
from tests.unit.dsl.machine import Run, make_input, run_machine

DRAIN = """\
kind: workflow
name: drain
description: Take a host out.
input:
  target: string
  force: {type: boolean, default: false}
touches:
  - {object: "host/{% $input.target %}", intent: disrupt}
timeout: 10m
excludes: [other]
steps:
  - id: look
    atom: box.look
    with: {host: "{% $input.target %}", force: "{% $input.force %}"}
  - id: open
    when: $look.healthy
    atom: box.open
    with: {host: "{% $look.token & '/' & $input.target %}"}
    undo: {atom: box.close, with: {host: "{% $input.target %}"}}
  - id: loop
    foreach:
      items: $look.ports
      as: port
      max_items: 3
      steps: [{id: each, atom: box.look, with: {host: "{% $input.target & $string($port) %}"}}]
output: {token: "{% $open ? $open.token : 'none' %}"}
"""
OUTER = """\
kind: workflow
name: outer
description: Two levels.
input: {target: string}
touches:
  - {object: "host/{% $input.target %}", intent: disrupt}
timeout: 30m
steps:
  - {id: inner, workflow: drain, with: {target: "{% $input.target %}"}}
on_failure: undo
"""
TAKE = """
- id: take
  workflow: drain
  with: {target: "{% $input.host %}"}
- id: last
  atom: box.look
  with: {host: "{% $take.token %}"}
"""
UNDO = DRAIN + "on_failure: undo\n"


def _library(*texts: str):  # noqa: ANN202
    return read_library({f"{index}.yaml": text for index, text in enumerate(texts)})


def _run(text: str, *others: str, functions: Failing | None = None) -> Run:
    compiled = compile_workflow(text, "flow.yaml", ATOMS, _library(*others))
    assert compiled.definition is not None, render_text(compiled.diagnostics, {"flow.yaml": text})
    given = {"host": "i-1", "hosts": [], "go": True, "target": "i-1"}
    return run_machine(compiled.definition, make_input(compiled.definition, given), functions or Failing())


def _codes(text: str, *others: str) -> list[str]:
    return [one.code for one in compile_workflow(text, "flow.yaml", ATOMS, _library(*others)).diagnostics]


def test_its_steps_run_under_names_that_tell_whose_they_are() -> None:
    found = _run(write(TAKE), DRAIN)
    assert found.entered == [
        "take", "take_look", "take_open.when", "take_open", "take_loop", "take_each", "take.output", "last",
    ]  # fmt: skip
    assert found.calls == [
        ("take_look", {"host": "i-1", "force": False}),
        ("take_open", {"host": "token of take_look/i-1"}),
        ("take_each-0", {"host": "i-180"}),
        ("last", {"host": "token of take_open"}),
    ]


def test_its_failure_is_its_parents() -> None:
    found = _run(write(TAKE), DRAIN, functions=Failing(take_look="Refused"))
    assert (found.error, found.cause) == ("Refused", "take_look raised Refused")


def test_what_it_did_is_taken_back_with_its_parent() -> None:
    found = _run(
        write(TAKE.replace("box.look", "box.look"), on_failure="undo"), UNDO, functions=Failing(last="Refused")
    )
    assert found.calls[-1] == ("take_open.undo", {"host": "i-1"})


def test_it_can_be_used_twice_and_in_loops_and_nest() -> None:
    steps = """
    - {id: one, workflow: outer, with: {target: "{% $input.host %}"}}
    - {id: two, workflow: outer, with: {target: "{% $input.host %}"}}
    """
    found = _run(write(steps, on_failure="undo"), UNDO, OUTER, functions=Failing(two_inner_each="Refused"))
    assert [step for step, _ in found.calls if "look" in step] == ["one_inner_look", "two_inner_look"]
    assert found.status == "SUCCEEDED"
    failing = Failing(**{"two_inner_each-0": "Refused"})
    undone = [
        step
        for step, _ in _run(write(steps, on_failure="undo"), UNDO, OUTER, functions=failing).calls
        if "undo" in step
    ]
    assert undone == ["two_inner_open.undo", "one_inner_open.undo"]


def test_its_own_handler_runs_and_the_error_goes_on() -> None:
    handled = (
        DRAIN + 'on_failure:\n  - {id: sorry, atom: box.look, with: {host: "{% $failure.Error & $input.target %}"}}\n'
    )
    found = _run(write(TAKE), handled, functions=Failing(take_look="Refused"))
    assert found.calls[-1] == ("take_sorry", {"host": "Refusedi-1"})
    assert (found.error, found.cause) == ("Refused", "take_look raised Refused")


def test_its_exclusions_are_its_parents() -> None:
    compiled = compile_workflow(write(TAKE), "flow.yaml", ATOMS, _library(DRAIN))
    assert compiled.workflow is not None
    assert compiled.workflow.excludes == ("other",)
    assert compiled.workflow.logical_steps == 6


@pytest.mark.parametrize(
    ("text", "others", "code"),
    [
        (write("- {id: a, workflow: drian, with: {target: x}}\n"), [DRAIN], "E311"),
        (write("- {id: a, workflow: flow}\n"), [write("- {id: a, workflow: flow}\n")], "E521"),
        (write('- {id: a, workflow: drain, with: {target: "{% $input.host %}", x: 1}}\n'), [DRAIN], "E501"),
        (write("- {id: a, workflow: drain}\n"), [DRAIN], "E502"),
        (write("- {id: a, workflow: drain, with: {target: 5}}\n"), [DRAIN], "E503"),
        (write("- {id: a, workflow: drain, with: {target: fixed}}\n"), [DRAIN], "E505"),
        (write('- {id: a, workflow: drain, with: {target: "{% $input.host %}"}}\n').replace("disrupt", "configure"), [DRAIN], "E505"),
        (write('- {id: a, workflow: drain, with: {target: "{% $input.host %}"}}\n'), [UNDO], "E520"),
        (write('- {id: a, workflow: drain, with: {target: "{% $input.host %}"}}\n').replace("1h", "5m"), [DRAIN], "E509"),
        (write('- {id: a, workflow: drain, with: {target: "{% $input.host %}"}}\n- {id: b, wait: "{% $a.tokn %}"}\n'), [DRAIN], "E305"),
        (write('- {id: a, workflow: drain, with: {target: "{% $input.host %}"}}\n- {id: b, wait: "{% $a_look.ports[0] %}"}\n- {id: a_look, wait: 1s}\n'), [DRAIN], "E306"),
    ],
)  # fmt: skip
def test_mistakes_are_told(text: str, others: list[str], code: str) -> None:
    assert code in _codes(text, *others)
