"""Short ways to write and compile workflows in tests."""

import textwrap
from typing import Any

from dsl.compile import Compiled, compile_workflow
from dsl.diagnostics import render_text
from dsl.inline import Library
from tests.unit.dsl.atoms import ATOMS, RESULT
from tests.unit.dsl.machine import Functions, Raised, Run, make_input, run_machine

HEAD = """\
kind: workflow
name: flow
description: A flow.
input:
  host: string
  hosts: {type: array, items: string, default: []}
  go: {type: boolean, default: true}
touches:
  - {object: "host/{% $input.host %}", intent: disrupt}
timeout: 1h
"""


def write(steps: str, *, on_failure: str = "", output: str = "", head: str = HEAD) -> str:
    """Give a whole file around steps."""
    parts = [head, "steps:\n", textwrap.indent(textwrap.dedent(steps).strip("\n"), "  "), "\n"]
    if on_failure:
        is_list = on_failure.strip().startswith("-")
        block = "\n" + textwrap.indent(textwrap.dedent(on_failure).strip("\n"), "  ") if is_list else f" {on_failure}"
        parts.append(f"on_failure:{block}\n")
    if output:
        parts.append(f"output: {output}\n")
    return "".join(parts)


def compile_ok(text: str, library: Library | None = None) -> Compiled:
    """Compile a file that must be right."""
    compiled = compile_workflow(text, "flow.yaml", ATOMS, library)
    assert compiled.definition is not None, render_text(compiled.diagnostics, {"flow.yaml": text})
    return compiled


def codes(text: str) -> list[str]:
    """Compile, and give the codes of what was found."""
    return [one.code for one in compile_workflow(text, "flow.yaml", ATOMS).diagnostics]


class Failing:
    """Lambda functions that answer with RESULT, but for the steps that are told to raise."""

    def __init__(self, **errors: str | list[str]) -> None:
        """Take for each step the error of every call, or of one call after the other; `_` stands for `.`."""
        self.errors = {name.replace("__", "."): error for name, error in errors.items()}

    def __call__(self, function: str, payload: dict[str, Any]) -> Any:
        """Answer one call."""
        step = payload.get("step", "")
        error = self.errors.get(step)
        if isinstance(error, list):
            error = error.pop(0) if error else None
        if error:
            raise Raised(error, f"{step} raised {error}")
        return {**RESULT, "token": f"token of {step}"}


def run(text: str, given: dict[str, Any] | None = None, functions: Functions | None = None, **changes: Any) -> Run:
    """Compile and run."""
    definition = compile_ok(text).definition
    assert definition is not None
    given = {"host": "i-1", "hosts": [], "go": True, **(given or {})}
    return run_machine(definition, make_input(definition, given, **changes), functions or Failing())
