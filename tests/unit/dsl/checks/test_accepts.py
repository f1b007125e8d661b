"""What looks like a mistake and is none: a check that cries wolf is switched off."""

import pytest

from tests.unit.dsl.build import codes, write

LOOK = '- id: look\n  when: $input.go\n  atom: box.look\n  with: {host: "{% $input.host %}"}\n'


@pytest.mark.parametrize(
    ("why", "steps", "on_failure"),
    [
        ("a result is read in the case that asked for it", LOOK + '- id: w\n  switch:\n    - when: $look != null\n      steps: [{id: x, wait: "{% $look.ports[0] %}"}]\n', ""),
        ("a result is read in the default of a switch that asked", LOOK + '- id: w\n  switch:\n    - when: $look = null\n      steps: [{id: x, wait: 1s}]\n  default: [{id: y, wait: "{% $look.ports[0] %}"}]\n', ""),
        ("a result is read behind the same condition", '- id: g\n  switch:\n    - when: $input.go\n      steps:\n        - {id: a, atom: box.look, with: {host: x}}\n        - {id: b, atom: box.look, with: {host: "{% $a.host %}"}}\n', ""),
        ("null itself may be passed on", LOOK + "- id: s\n  when: $look = null\n  wait: 1s\n", ""),
        ("an outer result is read inside a loop", '- id: a\n  atom: box.look\n  with: {host: x}\n- id: l\n  foreach:\n    items: $a.ports\n    as: port\n    max_items: 3\n    steps: [{id: b, atom: box.look, with: {host: "{% $a.host & $port %}"}}]\n', ""),
        ("a harmless retry of what acts twice", "- id: a\n  atom: box.once\n  with: {host: x}\n  retry: {errors: [Throttled, NotFound]}\n", ""),
        ("an error of a fail step inside is retried outside", "- id: p\n  retry: {errors: [Mine]}\n  parallel:\n    a: [{id: x, fail: {error: Mine, cause: c}}]\n", ""),
        ("a step after a guarded fail", "- id: a\n  when: $input.go\n  fail: {error: E, cause: c}\n- id: b\n  wait: 1s\n", ""),
        ("a step after a switch that does not always fail", "- id: a\n  switch:\n    - when: $input.go\n      steps: [{id: x, fail: {error: E, cause: c}}]\n- id: b\n  wait: 1s\n", ""),
        ("a function given to a function", "- id: a\n  when: $count($map($input.hosts, $length)) > 0\n  wait: 1s\n", ""),
        ("functions that only Step Functions has", '- id: a\n  when: $count($range(1, 3, 1)) = 3 and $uuid() != "" and $hash("a", "MD5") != ""\n  wait: 1s\n', ""),
        ("the context of the execution", '- id: a\n  when: $states.context.Execution.Name != ""\n  wait: 1s\n', ""),
        ("a number where a whole one is wanted", '- id: a\n  atom: box.look\n  with: {host: x, count: "{% $count($input.hosts) %}"}\n', ""),
        ("an observing step without undo", "- id: a\n  atom: box.look\n  with: {host: x}\n", "undo"),
        ("an undo that cannot be, for a reason", "- id: a\n  atom: box.open\n  with: {host: x}\n  undo: {none: because}\n", "undo"),
        ("percent signs in a literal", '- id: a\n  fail: {error: E, cause: "at 90 % of {capacity}"}\n', ""),
        ("a colon in prose", "- id: a\n  description: 'note: this'\n  wait: 1s\n", ""),
    ],
    ids=lambda value: value if " " in str(value) and "\n" not in str(value) else "",
)  # fmt: skip
def test_it_is_accepted(why: str, steps: str, on_failure: str) -> None:
    assert codes(write(steps, on_failure=on_failure)) == [], why
