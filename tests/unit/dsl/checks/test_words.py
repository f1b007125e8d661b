"""A message gives the reason that applies, not one that might."""

import pytest

from dsl.compile import compile_workflow
from tests.unit.dsl.atoms import ATOMS
from tests.unit.dsl.build import write

LOOK = "- id: look\n  atom: box.look\n  with: {host: x}\n"


@pytest.mark.parametrize(
    ("steps", "on_failure", "words"),
    [
        (LOOK.replace("look\n  atom", "a\n  atom").replace("box.look", "box.open") + '  undo: {atom: box.close, with: {host: "{% $a.token %}"}}\n', "undo", "this undo also runs if the step itself failed"),
        (LOOK, '- id: tell\n  atom: box.look\n  with: {host: "{% $look.host %}"}\n', "the failure may have come before it"),
        (LOOK + "  continue_on_error: true\n- id: w\n  when: $look.healthy\n  wait: 1s\n", "", "it has `continue_on_error`"),
        (LOOK + "  when: $input.go\n- id: w\n  when: $look.healthy\n  wait: 1s\n", "", "it only runs under a condition"),
        ("- id: w\n  when: $failure.Error = 'x'\n  wait: 1s\n", "", "exists only in the steps of `on_failure`"),
        ("- id: w\n  when: $$.a = 1\n  wait: 1s\n", "", "`$$` reads the input document"),
        ("- id: w\n  when: $states.result = 1\n  wait: 1s\n", "", "`$states` has no field `result`"),
        ('- id: a\n  atom: box.look\n  with: {host: "{% $input.go %}"}\n', "", "takes a string, and this expression gives a boolean"),
        ("- id: a\n  atom: box.look\n  with: {host: x, force: [1]}\n", "", "`force` of `box.look`"),
        ("- id: a\n  atom: box.tune\n  with: {host: x}\n", "", "`box.tune` configures a service, and `touches` names no service"),
        ("- id: a\n  atom: box.slow\n  with: {host: x}\n  timeout: 30s\n", "", "may run for 1m"),
    ],
    ids=lambda value: value if " " in str(value) and "\n" not in str(value) else "",
)  # fmt: skip
def test_the_message_says_why(steps: str, on_failure: str, words: str) -> None:
    compiled = compile_workflow(write(steps, on_failure=on_failure), "flow.yaml", ATOMS)
    assert words in " ".join(one.message for one in compiled.diagnostics)
