"""Every case of the repository, on the rehearser and on moto: two interpreters that share no code but JSONata."""

from collections.abc import Callable, Iterator

import pytest

from dsl.cases.check import check_suite
from dsl.cases.coverage import measure_coverage
from dsl.cases.model import CasesFile, CaseSpec
from dsl.cases.record import Recording, record_case, settle_path, write_case
from dsl.cases.run import make_execution, make_script, run_suite
from dsl.cases.suite import Suite, name_subject
from dsl.diagnostics import render_text
from dsl.history import count_events
from dsl.inline import inline_workflows, read_library
from dsl.model import WorkflowFile
from dsl.rehearse import Run
from dsl.shape import validate
from dsl.source import load_source
from infra.cases import load_suites
from infra.project import find_project
from infra.sources import is_test_file, read_sources
from tests.interpreter import Played, open_interpreter

SOURCES = read_sources(find_project())
SUITES, FOUND = load_suites(SOURCES)
CASES = [(suite, case) for suite in SUITES for case in suite.file.cases]


def _count_events(suite: Suite) -> int:
    path = name_subject(suite.path) or ""
    root, _ = load_source(SOURCES[path], path)
    model = validate(root, WorkflowFile)[0] if root is not None else None
    assert root is not None
    assert model is not None
    model, _ = inline_workflows(model, root, read_library({one: SOURCES[one] for one in WORKFLOWS}))
    return count_events((*model.steps, *model.handler, *model.notifier), model.defaults.retry)


WORKFLOWS = {path for path in SOURCES if path.startswith("state_machines/") and not is_test_file(path)}
EVENTS = {suite.path: _count_events(suite) for suite in SUITES}


@pytest.fixture(scope="module")
def play() -> Iterator[Callable[..., Played]]:
    with pytest.MonkeyPatch.context() as patch, open_interpreter(patch) as ready:
        yield ready


def test_the_cases_of_the_repository_are_right() -> None:
    assert FOUND == (), "\n" + render_text(FOUND, SOURCES)


def test_every_workflow_has_cases() -> None:
    assert {suite.path.replace(".cases.", ".") for suite in SUITES} == WORKFLOWS


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.workflow.name)
def test_they_pass_and_reach_every_branch(suite: Suite) -> None:
    results = run_suite(suite)
    assert [(one.name, one.differences) for one in results if not one.passed] == []
    assert measure_coverage(suite.machine, [one.run for one in results]).missed == ()


@pytest.mark.parametrize(("suite", "case"), CASES, ids=lambda one: getattr(one, "name", ""))
def test_moto_agrees(suite: Suite, case: CaseSpec, play: Callable[..., Played]) -> None:
    rehearsed = next(one.run for one in run_suite(suite) if one.name == case.name)
    played = play(suite.machine.definition, make_execution(suite, case), make_script(suite, case))
    if not any("." in (answer.error or "") for answer in rehearsed.answers):  # moto's name of those is not AWS's
        assert_recorded(suite, played.recording, rehearsed)
    branches = {entered.where for entered in rehearsed.entered}
    assert (played.status, played.output, played.error) == (rehearsed.status, rehearsed.output, rehearsed.error)
    assert len(played.recording.events) <= EVENTS[suite.path], "what `dsl.history` says a run writes at most"
    if branches == {()}:
        assert played.path == rehearsed.path
    else:
        assert sorted(played.path) == sorted(rehearsed.path)


def assert_recorded(suite: Suite, recording: Recording, rehearsed: Run) -> None:
    """What is recorded of an execution is a case that goes as it went."""
    recorded = record_case(recording, suite.machine)
    text = write_case(recorded)
    root, _ = load_source(text, suite.path)
    assert root is not None
    file, found = validate(root, CasesFile)
    assert file is not None, found
    again = Suite(suite.path, root, file, suite.workflow, suite.machine)
    assert list(check_suite(root, file, suite.workflow, suite.machine)) == []
    assert settle_path(recorded, again) == []
    assert recorded.case["expect"]["path"] == rehearsed.path
    assert recorded.notes == []
