"""`interlock cases [PATHS]`: rehearse workflows offline."""

from typing import Annotated

import typer

from dsl.cases.coverage import measure_coverage
from dsl.cases.report import list_suite, render_suite
from dsl.cases.run import run_suite
from dsl.diagnostics import has_errors
from infra.cases import complete_sources, find_broken, load_suites
from infra.cli.check import open_project, print_diagnostics
from infra.cli.connection import connect
from infra.cli.exits import Exit
from infra.cli.listing import print_json
from infra.cli.options import Local, Paths, Profile, Region, Stage
from infra.cli.recording import record
from infra.cli.screen import err, out
from infra.content import find_atoms
from infra.offline.report import list_rehearsal, rehearse_rules, render_rehearsal
from infra.sources import drop_cases, read_paths, read_sources

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Covered = Annotated[bool, typer.Option("--covered", help="Exit with 1 too if a branch, catch or undo is not reached.")]


Record = Annotated[
    str | None,
    typer.Option(
        "--record", metavar="EXECUTION", help="Print a case made from this execution: its ARN, or a dispatch id."
    ),
]


def run(
    context: typer.Context,
    paths: Paths = None,
    as_json: AsJson = False,  # noqa: FBT002 - a command's flag
    covered: Covered = False,  # noqa: FBT002
    execution: Record = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Rehearse the cases of workflows and rules, and show what differs from what they expect; exit with 1 if any does.

    PATHS are cases files, workflows, rules or folders; without any, all cases of the project. No AWS is asked,
    but with --record: the rest of the options choose where the execution ran.
    """
    if execution is not None:
        record(connect(context, stage, local=local, region=region, profile=profile), execution, stage)
        return
    project = open_project(paths)
    chosen = read_paths(project, paths or [project.state_machines, project.policies / "rules"])
    completed, bare = complete_sources(project, chosen)
    sources = {**drop_cases(read_sources(project)), **completed}
    atoms, _ = find_atoms(project, sources)
    suites, found = load_suites(sources, atoms)
    print_diagnostics(found, sources)
    results = [(suite, run_suite(suite)) for suite in suites]
    coverages = [measure_coverage(suite.machine, [one.run for one in done]) for suite, done in results]
    shown = [(suite.path, done, coverage) for (suite, done), coverage in zip(results, coverages, strict=True)]
    rehearsals = rehearse_rules(sources, project)
    strangers = [one for each in rehearsals.values() for one in each.diagnostics if one not in found]
    print_diagnostics(strangers, sources)
    if as_json:
        print_json([*(list_suite(*one) for one in shown), *(list_rehearsal(*one) for one in rehearsals.items())])
    else:
        for one in shown:
            out.print("\n".join(render_suite(*one)), markup=False)
        for rehearsed in rehearsals.items():
            out.print("\n".join(render_rehearsal(*rehearsed)), markup=False)
    for path in bare:
        err.print(f"{path} has no cases.", markup=False)
    broken = find_broken(sources, suites, found)
    for path in broken:
        err.print(f"{path} does not compile: `interlock check {path}` says why.", markup=False)
    held = [one.passed for _, done in results for one in done]
    held += [one.fault is None for rehearsal in rehearsals.values() for one in rehearsal.results]
    failed = held.count(False)
    missed = sum(len(one.missed) for one in coverages) + sum(
        len(one.missed) + len(one.missed_rungs) for one in rehearsals.values()
    )
    err.print(f"{len(held)} case(s): {failed} failed; {missed} branch(es) not reached.")
    if failed or broken or has_errors([*found, *strangers]) or (covered and missed):
        raise typer.Exit(Exit.WRONG)
