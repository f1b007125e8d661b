import json
from typing import Any

import pytest

from chalicelib.atoms.registry import get_atoms
from dsl.cases.machine import read_machine
from dsl.cases.run import run_suite
from dsl.compile import compile_workflow
from dsl.estimate.estimate import Estimate, estimate_workflow, list_estimate
from dsl.estimate.paths import weigh_scope
from dsl.estimate.states import Facts
from dsl.estimate.weight import View
from dsl.model import WorkflowFile
from dsl.prices import PRICES
from dsl.shape import validate
from infra.cases import load_suites
from infra.project import find_project
from infra.sources import read_sources
from tests.unit.dsl.atoms import ATOMS
from tests.unit.dsl.build import write
from tests.unit.dsl_graph.flows import EVERYTHING

SOURCES = read_sources(find_project())
SUITES, _ = load_suites(SOURCES)


def _estimate(text: str, atoms: Any = ATOMS) -> Estimate:
    compiled = compile_workflow(text, "flow.yaml", atoms)
    assert compiled.definition is not None
    assert compiled.workflow is not None
    assert compiled.source is not None
    model, _ = validate(compiled.source, WorkflowFile)
    assert model is not None
    return estimate_workflow(compiled.workflow, model, read_machine(compiled.definition, atoms))


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.workflow.name)
def test_no_case_of_the_repository_leaves_the_bounds(suite: Any) -> None:
    found = _estimate(SOURCES[suite.path.replace(".cases.", ".")], get_atoms())
    for result in run_suite(suite):
        run = result.run
        assert run.transitions <= found.weights[View.WORST].transitions, result.name
        assert len(run.calls) <= found.weights[View.WORST].calls, result.name
        assert run.duration_s <= found.weights[View.WORST].seconds, result.name
        if run.error is None:
            assert run.transitions >= found.weights[View.BEST].transitions, result.name


def test_what_is_best_is_never_above_what_is_expected_nor_that_above_the_worst() -> None:
    found = _estimate(write(EVERYTHING, on_failure="undo"))
    for name in ("transitions", "seconds", "calls", "api_calls"):
        figures = [getattr(found.weights[view], name) for view in View]
        assert figures == sorted(figures), name
    assert [found.dollars[view] for view in View] == sorted(found.dollars.values())


def test_a_step_is_one_state_and_costs_its_price() -> None:
    found = _estimate(write("- id: a\n  atom: box.look\n  with: {host: x}\n"))
    assert found.weights[View.BEST].transitions == 1
    assert found.dollars[View.BEST] > PRICES.transition + PRICES.invocation
    assert found.control_dollars < found.dollars[View.BEST]


def test_a_guard_is_a_state_and_what_it_guards_may_not_run() -> None:
    found = _estimate(write("- id: a\n  when: $input.go\n  wait: 30s\n"))
    best, expected, worst = (found.weights[view].seconds for view in View)
    assert (best, expected, worst) == (0, 15, 30)


def test_items_count_up_to_their_limit() -> None:
    loop = """
    - id: loop
      foreach:
        items: $input.hosts
        as: one
        max_items: 10
        max_concurrency: 2
        steps: [{id: rest, wait: 1m}]
    """
    found = _estimate(write(loop))
    assert [found.weights[view].transitions for view in View] == [1, 6, 12]  # the end of a failure too
    assert [found.weights[view].seconds for view in View] == [0, 180, 300]


def test_parallel_branches_add_up_but_for_time() -> None:
    both = """
    - id: both
      parallel:
        left: [{id: l, wait: 10s}]
        right: [{id: r, wait: 25s}]
    """
    best = _estimate(write(both)).weights[View.BEST]
    assert (best.transitions, best.seconds) == (3, 25)


def test_nothing_takes_longer_than_the_machine_may() -> None:
    assert _estimate(write("- id: a\n  wait: 2h\n")).weights[View.WORST].seconds == 3600


def test_a_loop_is_gone_through_as_often_as_time_allows() -> None:
    states = {
        "ask": {"Type": "Pass", "Next": "met"},
        "met": {"Type": "Choice", "Choices": [{"Condition": "{% $x %}", "Next": "end"}], "Default": "rest"},
        "rest": {"Type": "Wait", "Seconds": 60, "Next": "ask"},
        "end": {"Type": "Succeed"},
    }
    asl = {"StartAt": "ask", "States": states}
    figures = [weigh_scope(asl, Facts(view, {}, {}, 600)).transitions for view in View]
    assert figures == [3, 3, 33]


def test_a_long_chain_is_no_trouble() -> None:
    steps = "".join(f"- id: s{index}\n  wait: 1s\n" for index in range(1500))
    assert _estimate(write(steps)).weights[View.BEST].transitions == 1500


def test_it_is_json() -> None:
    found = json.loads(json.dumps(list_estimate(_estimate(write(EVERYTHING, on_failure="undo")))))
    assert found["worst"]["transitions"] > found["best"]["transitions"]
    assert found["api_calls_per_item"]
