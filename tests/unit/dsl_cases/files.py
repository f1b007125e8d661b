"""A workflow with a switch and an undo, and the cases beside it."""

import textwrap

from dsl.cases.suite import Suite, load_suite
from dsl.diagnostics import Diagnostic, render_text
from tests.unit.dsl.atoms import ATOMS

FLOW = """\
kind: workflow
name: flow
description: A flow.
input:
  host: string
  go: {type: boolean, default: true}
touches:
  - {object: "host/{% $input.host %}", intent: disrupt}
timeout: 1h
steps:
  - id: open
    atom: box.open
    with: {host: "{% $input.host %}"}
    undo: {atom: box.close, with: {host: "{% $input.host %}"}}
  - id: which
    switch:
      - when: $input.go
        steps:
          - id: look
            atom: box.look
            with: {host: "{% $input.host %}"}
on_failure: undo
output: {token: "{% $open.token %}"}
"""
HEAD = "kind: cases\ninput: {host: i-1}\n"


def load(text: str, flow: str = FLOW) -> tuple[Suite | None, tuple[Diagnostic, ...]]:
    """Read `text` as the cases of `flow`."""
    return load_suite("flow.cases.yaml", {"flow.yaml": flow, "flow.cases.yaml": HEAD + textwrap.dedent(text)}, ATOMS)


def load_ok(text: str, flow: str = FLOW) -> Suite:
    """Read cases that must be right."""
    suite, found = load(text, flow)
    assert suite is not None, render_text(found, {"flow.cases.yaml": HEAD + textwrap.dedent(text)})
    return suite
