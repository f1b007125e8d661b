"""YAML to ASL against PyYAML's C parser + json.dumps of the same document, in one run: ratios, not times.

Targets: at most 4 times at 1,000 steps, time(10,000) at most 12 times time(1,000), and depth without blow-up. Beside it
the states that a good run of each workflow of the repository enters, against its steps.
"""

import gc
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from chalicelib.atoms.registry import AnyAtom, get_atoms
from chalicelib.identity import canonical_json, digest
from dsl.analysis import analyze
from dsl.cases.run import run_suite
from dsl.cases.suite import Suite
from dsl.checks import CHECKS
from dsl.compile import dump_definition, join_resumption, without_collector
from dsl.emit import emit_machine
from dsl.inline import inline_workflows
from dsl.lower.resumption import lower_resumption
from dsl.lower.workflow import lower_workflow
from dsl.model import WorkflowFile
from dsl.rehearse import Status
from dsl.shape import validate
from dsl.source import load_source
from infra.cases import load_suites
from infra.project import find_project
from infra.sources import read_sources

SIZES = (10, 100, 1_000, 10_000)
DEPTHS = (10, 20, 30)
"""Switches inside each other: four levels of YAML each."""
_LEAST_S, _ENOUGH_S = 0.2, 3
HEAD = """\
kind: workflow
name: flow
description: A flow of many steps.
input: {host: {type: string, pattern: "^i-"}}
timeout: 10h
steps:
"""
STEP = """\
  - id: s{index}
    description: Look at the host for the {index}th time
    atom: ec2.describe
    with: {{instance_ids: ["{{% $input.host %}}"]}}
    retry: {{errors: [Throttled], max: 3, interval: 2s}}
"""


def measure() -> dict[str, Any]:
    sizes = {count: measure_text(write_chain(count)) for count in SIZES}
    depths = {depth: measure_text(write_nest(depth)) for depth in DEPTHS}
    return {
        "steps": {count: _name(pair) for count, pair in sizes.items()},
        "time_10000_to_1000": round(sizes[10_000][0] / sizes[1_000][0], 2),
        "time_10000_to_1000_without_garbage_collector": _compare_without_collector(),
        "depth": {depth: _name(pair) for depth, pair in depths.items()},
        "states_entered": _count_states(),
    }


def write_chain(count: int) -> str:
    return HEAD + "".join(STEP.format(index=index) for index in range(count))


def write_nest(depth: int) -> str:
    """Switches inside each other, each with a step before the next one."""
    rows = []
    for level in range(depth):
        gap = "  " * (3 * level + 1)
        rows += [f"{gap}- id: c{level}", f"{gap}  switch:", f"{gap}    - when: $input.host != ''", f"{gap}      steps:"]
    gap = "  " * (3 * depth + 1)
    rows += [f"{gap}- id: last", f"{gap}  wait: 5s"]
    return HEAD + "\n".join(rows) + "\n"


def measure_text(text: str) -> tuple[float, float]:
    """Give the seconds of one compilation and of one parse and dump."""
    atoms = get_atoms()
    return _time(lambda: _compile(text, atoms)), _time(lambda: json.dumps(yaml.load(text, Loader=yaml.CSafeLoader)))


def _compile(text: str, atoms: Mapping[str, AnyAtom]) -> str:
    """What `compile_workflow` does, but for stopping at a size or history that AWS would refuse."""
    with without_collector():
        return _compile_all(text, atoms)


def _compile_all(text: str, atoms: Mapping[str, AnyAtom]) -> str:
    root, _ = load_source(text, "flow.yaml")
    assert root is not None
    model, found = validate(root, WorkflowFile)
    assert model is not None, found
    model, _ = inline_workflows(model, root, {})
    analysis = analyze(model, root, atoms)
    codes = {one.code for check in CHECKS for one in check(analysis)}
    assert codes <= {"E601", "E602", "W607"}, codes
    machine = lower_workflow(analysis)
    definition = emit_machine(machine)
    workflow_hash = digest([canonical_json(definition)])
    resuming = lower_resumption(analysis, machine)
    if resuming is not None:
        join_resumption(resuming, definition, workflow_hash)
    return dump_definition(definition)


def _time(run: Callable[[], Any]) -> float:
    """Give the least of several times: whatever else the machine does only adds."""
    run()
    times: list[float] = []
    gc.collect()
    while sum(times) < _LEAST_S or (len(times) < 3 and sum(times) < _ENOUGH_S):
        began = time.process_time()
        run()
        times.append(time.process_time() - began)
    return min(times)


def _compare_without_collector() -> float:
    """Tell what the program itself does from the collector, which walks all that lives again and again."""
    gc.disable()
    try:
        (long, _), (short, _) = measure_text(write_chain(10_000)), measure_text(write_chain(1_000))
    finally:
        gc.enable()
    return round(long / short, 2)


def _name(pair: tuple[float, float]) -> dict[str, float]:
    return {"times_yaml_and_json": round(pair[0] / pair[1], 2)}


def _count_states() -> list[dict[str, Any]]:
    """Give what the longest good run of each workflow's cases enters: its steps, and the states that are derived.

    Steps that a switch or `when` passes over are not entered. Roles are those of ADR 0016.
    """
    suites, _ = load_suites(read_sources(find_project()))
    return [_count_entered(suite) for suite in suites]


def _count_entered(suite: Suite) -> dict[str, Any]:
    runs = [one for one in run_suite(suite) if one.run.status is Status.SUCCEEDED]
    longest = max(runs, key=lambda one: len(one.run.entered))
    derived = Counter(_name_role(state) for state in longest.run.path)
    steps = derived.pop("")
    return {
        "workflow": suite.workflow.name,
        "case": longest.name,
        "entered": len(longest.run.path),
        "steps": steps,
        "derived": dict(sorted(derived.items())),
    }


def _name_role(state: str) -> str:
    return "done" if state == "done" else state.partition(".")[2]


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
