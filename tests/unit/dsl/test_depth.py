"""Depth costs what it holds: 30 levels of any container compile, and neither work nor output doubles with a level."""

import pytest

from dsl.cases.machine import read_machine
from dsl.compile import compile_workflow
from dsl.inline import MAX_STEPS, read_library
from dsl.source import MAX_DEPTH
from tests.unit.dsl.atoms import ATOMS
from tests.unit.dsl.build import HEAD, codes, compile_ok

DEPTH = 30
LEAF = "[{id: leaf, atom: box.open, with: {host: x}, undo: {atom: box.close, with: {host: x}}}]"
LEVELS = {
    "switch": "[{{id: a{level}, switch: [{{when: $input.go, steps: {inner}}}]}}]",
    "parallel": "[{{id: a{level}, parallel: {{b: {inner}}}}}]",
    "foreach": "[{{id: a{level}, foreach: {{items: '[1]', as: v{level}, max_items: 1, steps: {inner}}}}}]",
    "rollout": "[{{id: a{level}, rollout: {{items: '[1]', as: v{level}, max_items: 1, batches: [1], steps: {inner}}}}}]",
    "try": "[{{id: a{level}, try: {inner}, finally: [{{id: b{level}, wait: 1s}}]}}]",
}


def _nest(kind: str, depth: int, on_failure: str) -> str:
    inner = LEAF
    for level in range(depth):
        inner = LEVELS[kind].format(level=level, inner=inner)
    return f"{HEAD}on_failure: {on_failure}\nsteps: {inner}\n"


@pytest.mark.parametrize("on_failure", ["keep", "undo"])
@pytest.mark.parametrize("kind", LEVELS)
def test_thirty_levels_grow_no_faster_than_the_square_of_the_depth(kind: str, on_failure: str) -> None:
    sizes = []
    for depth in (DEPTH // 2, DEPTH):
        definition = compile_ok(_nest(kind, depth, on_failure)).definition
        assert definition is not None
        sizes.append(len(read_machine(definition, ATOMS).states))
    assert sizes[1] <= 4 * sizes[0]


@pytest.mark.parametrize("value", ["[{}]", "{{a: {}}}"])
def test_a_value_as_deep_as_a_file_may_be_compiles(value: str) -> None:
    inner = "1"
    for _ in range(MAX_DEPTH - 5):
        inner = value.format(inner)
    assert codes(f"{HEAD}steps: [{{id: a, set: {{x: {inner}}}}}]\n") == []


def test_deeper_is_a_mistake_with_a_place() -> None:
    assert codes(_nest("switch", MAX_DEPTH // 4, "keep")) == ["E112"]


def test_workflows_that_double_at_every_level_are_refused_before_they_are_put_in() -> None:
    twice = "  - {id: a, workflow: {name}, with: {host: x}}\n  - {id: b, workflow: {name}, with: {host: x}}\n"
    texts = {}
    for level in range(26):
        steps = twice.replace("{name}", f"w{level - 1}") if level else "  - {id: a, wait: 1s}\n"
        texts[f"w{level}.yaml"] = HEAD.replace("name: flow", f"name: w{level}") + "steps:\n" + steps
    compiled = compile_workflow(texts["w25.yaml"], "w25.yaml", ATOMS, read_library(texts))
    assert "E601" in [one.code for one in compiled.diagnostics]
    assert f"and {MAX_STEPS:,} are the most" in " ".join(one.message for one in compiled.diagnostics)


def test_a_chain_of_workflows_longer_than_any_name_is_refused() -> None:
    texts = {}
    for level in range(300):
        steps = f"  - {{id: a, workflow: w{level - 1}, with: {{host: x}}}}\n" if level else "  - {id: a, wait: 1s}\n"
        texts[f"w{level}.yaml"] = HEAD.replace("name: flow", f"name: w{level}") + "steps:\n" + steps
    compiled = compile_workflow(texts["w299.yaml"], "w299.yaml", ATOMS, read_library(texts))
    assert "E601" in [one.code for one in compiled.diagnostics]
