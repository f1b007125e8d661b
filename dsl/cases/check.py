"""What is wrong with cases that have the right shape: names that do not exist, values that do not fit."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from chalicelib.catalog.model import Workflow
from chalicelib.catalog.schema import complete_input, list_faults
from chalicelib.errors import BadInput
from dsl.analysis import AnyAtom
from dsl.cases.machine import Machine, find_undone
from dsl.cases.model import AnswerSpec, CasesFile, CaseSpec, Script
from dsl.cases.samples import make_sample
from dsl.checks.retries import ENGINE_ERRORS
from dsl.diagnostics import Diagnostic, suggest
from dsl.model.step_base import Path
from dsl.shape import locate, locate_key
from dsl.source import Node


def check_suite(root: Node, file: CasesFile, workflow: Workflow, machine: Machine) -> Iterator[Diagnostic]:
    """E952 to E957, E960 and E961."""
    yield from _check_script(root, ("answers",), file.answers, machine)
    names: set[str] = set()
    for index, case in enumerate(file.cases):
        path: Path = ("cases", index)
        if case.name in names:
            span = locate(root, (*path, "name"))
            yield Diagnostic("E957", f"there is another case named {case.name!r}", span, "rename one of them")
        names.add(case.name)
        yield from _check_input(root, path, {**file.input, **case.input}, workflow)
        yield from _check_script(root, (*path, "answers"), case.answers, machine)
        yield from _check_expect(root, (*path, "expect"), case, machine)


def _check_input(root: Node, path: Path, given: Mapping[str, Any], workflow: Workflow) -> Iterator[Diagnostic]:
    try:
        complete_input(workflow.input_schema, given, workflow.name)
    except BadInput:
        schema = workflow.input_schema
        defaults = {name: one["default"] for name, one in schema["properties"].items() if "default" in one}
        for fault in list_faults(schema, {**defaults, **given}, "input"):
            span = locate(root, (*path, "input")) if "input" in _keys(root, path) else locate_key(root, (*path, "name"))
            hint = f"it takes: {', '.join(schema['properties']) or 'no input'}"
            yield Diagnostic("E956", f"`{workflow.name}`: {fault}", span, hint)


def _keys(root: Node, path: Path) -> Iterable[str]:
    plain = root.plain()
    for part in path:
        plain = plain[part]
    return [str(key) for key in plain]


def _check_script(root: Node, path: Path, script: Script, machine: Machine) -> Iterator[Diagnostic]:
    for step, answers in script.items():
        if step not in machine.tasks:
            yield _unknown_step(root, (*path, step), step, machine.tasks)
            continue
        atom = machine.tasks[step]
        for index, answer in enumerate(answers):
            yield from _check_people(root, (*path, step, index), step, answer, machine.questions)
            if answer.heartbeat is not None and step not in machine.heartbeats:
                hint = f"steps that wait for one: {', '.join(sorted(machine.heartbeats)) or 'none'}"
                span = locate_key(root, (*path, step, index, "heartbeat"))
                yield Diagnostic("E961", f"`{step}` waits for no heartbeat", span, hint)
            if atom is not None:
                yield from _check_answer(root, (*path, step, index), step, answer, atom)


def _check_people(
    root: Node, path: Path, step: str, answer: AnswerSpec, questions: Mapping[str, int]
) -> Iterator[Diagnostic]:
    said = next((name for name in ("approve", "reject", "expires") if getattr(answer, name)), None)
    if said is not None and step not in questions:
        hint = f"steps that ask: {', '.join(questions) or 'none'}"
        yield Diagnostic("E960", f"`{step}` asks nobody", locate_key(root, (*path, said)), hint)
    if answer.approve is not None and step in questions and len(set(answer.approve)) < questions[step]:
        message = f"`{step}` waits for {questions[step]} people, and {len(set(answer.approve))} say yes"
        yield Diagnostic("E960", message, locate(root, (*path, "approve")), "name more, or write `expires: true`")


def _check_answer(root: Node, path: Path, step: str, answer: AnswerSpec, atom: AnyAtom) -> Iterator[Diagnostic]:
    if answer.raises is not None:
        known = [*(error.__name__ for error in atom.raises), *ENGINE_ERRORS]
        if answer.raises not in known:
            hint = suggest(answer.raises, known) or f"`{atom.name}` raises: {', '.join(known[: len(atom.raises)])}"
            message = f"`{atom.name}` never raises {answer.raises!r}"
            yield Diagnostic("E954", message, locate(root, (*path, "raises")), hint)
        return
    try:
        atom.output.model_validate_json(json.dumps(make_sample(atom.output, {}, answer.returns)), strict=True)
    except ValidationError as problem:
        for error in problem.errors(include_url=False):
            where = (*path, "returns", *error["loc"])
            name = ".".join(str(part) for part in error["loc"]) or "the value"
            unknown = error["type"] == "extra_forbidden"
            message = f"the output of `{atom.name}` has no field `{name}`" if unknown else f"`{name}`: {error['msg']}"
            span = locate_key(root, where) if unknown else locate(root, where)
            known = list(atom.output.model_fields)
            yield Diagnostic("E953", f"{step}: {message}", span, suggest(name, known) or f"it has: {', '.join(known)}")


def _check_expect(root: Node, path: Path, case: CaseSpec, machine: Machine) -> Iterator[Diagnostic]:
    for index, name in enumerate(case.expect.path or ()):
        if name not in machine.states:
            hint = suggest(name, machine.states) or f"the states are: {', '.join(machine.states)}"
            yield Diagnostic("E955", f"there is no state {name!r}", locate(root, (*path, "path", index)), hint)
    for name in case.expect.calls or ():
        if name not in machine.tasks:
            yield _unknown_step(root, (*path, "calls", name), name, machine.tasks)
    calls = (name for name, state in machine.states.items() if state["Type"] == "Task")
    undone = [one for one in map(find_undone, calls) if one is not None]
    for index, name in enumerate(case.expect.undone or ()):
        if name not in undone:
            hint = suggest(name, undone) or f"steps with an undo: {', '.join(dict.fromkeys(undone)) or 'none'}"
            span = locate(root, (*path, "undone", index))
            yield Diagnostic("E952", f"{name!r} has no undo that ever runs", span, hint)


def _unknown_step(root: Node, path: Path, step: str, tasks: Iterable[str]) -> Diagnostic:
    hint = suggest(step, tasks) or f"steps that call something: {', '.join(tasks) or 'none'}"
    return Diagnostic("E952", f"no step {step!r} calls anything", locate_key(root, path), hint)
