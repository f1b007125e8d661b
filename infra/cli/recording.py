"""`interlock cases --record EXECUTION`: a cases file from what an execution did."""

import re

from chalicelib.catalog.names import execution_arn, workflow_of_machine
from chalicelib.errors import InterlockError
from dsl.cases.machine import read_machine
from dsl.cases.record import Recorded, has_ended, record_case, settle_path, write_case
from dsl.cases.suite import Suite, load_suite
from dsl.compile import compile_workflow
from dsl.diagnostics import render_text
from dsl.inline import read_library
from infra.cli.check import open_project
from infra.cli.connection import Connection
from infra.cli.dispatches import find_id
from infra.cli.screen import err, out
from infra.content import find_atoms
from infra.recordings import read_recording
from infra.sources import drop_cases, read_sources

_ARN = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:execution:[^:]+:[^:]+\Z")


class NotRecordable(InterlockError):
    """{what} cannot become a case: {cause}."""


def record(connection: Connection, execution: str, stage: str) -> None:
    """Print the cases file of one execution, and on standard error what it does not tell.

    `execution` is an ARN, or a dispatch id as `interlock dispatches` shows it. Raises NotRecordable.
    """
    arn = execution if _ARN.match(execution) else _find_arn(connection, execution, stage)
    recording = read_recording(connection.cloud.client("stepfunctions"), arn)
    if not has_ended(recording):
        raise NotRecordable(what=execution, cause=f"it is {recording.description['status']}, so its way has no end")
    name = workflow_of_machine(recording.description["stateMachineArn"], stage) or arn
    project = open_project(None)
    sources = drop_cases(read_sources(project))
    atoms, _ = find_atoms(project, sources)
    library = read_library(sources)
    for path, text in sources.items():
        compiled = compile_workflow(text, path, atoms, library) if f"\nname: {name}\n" in text else None
        if compiled is not None and compiled.definition is not None and compiled.name == name:
            break
    else:
        raise NotRecordable(what=execution, cause=f"no workflow of the project is called {name!r}")
    recorded = record_case(recording, read_machine(compiled.definition, atoms))
    beside = re.sub(r"(\.ya?ml)\Z", r".cases\1", path)
    suite, found = load_suite(beside, {**sources, beside: write_case(recorded)}, atoms)
    _tell(recorded, suite, render_text(found, {beside: write_case(recorded)}))
    out.out(f"# Recorded from {arn}\n{write_case(recorded)}", highlight=False, end="")
    err.print(f"Put it into {beside}, and look through it for what should not be in a repository.", markup=False)


def _find_arn(connection: Connection, text: str, stage: str) -> str:
    dispatch = find_id(connection.api, text)
    found = connection.api.read_dispatch(dispatch)
    workflow = found["workflow"]
    if not workflow:
        raise NotRecordable(what=text, cause="that dispatch ran no workflow")
    if resumed := found["resumes"]:
        raise NotRecordable(
            what=text, cause=f"it went on from {resumed['step']} of {resumed['dispatch']}: its beginning is there"
        )
    cloud = connection.cloud
    partition = cloud.session.get_partition_for_region(cloud.region)
    return execution_arn(partition, cloud.region, cloud.account, stage, workflow, dispatch)


def _tell(recorded: Recorded, suite: Suite | None, mistakes: str) -> None:
    for note in recorded.notes:
        err.print(note, markup=False)
    if suite is None:
        err.print(f"The workflow has changed since then; the case does not fit it:\n{mistakes}", markup=False)
        return
    differences = settle_path(recorded, suite)
    if differences:
        err.print("Rehearsed with the workflow as it is now, the case ends otherwise:", markup=False)
        for one in differences:
            err.print(f"  {one}", markup=False)
