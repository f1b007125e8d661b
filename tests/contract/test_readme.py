"""What the README shows is what a reader of it gets."""

import json
import re
from datetime import UTC, datetime
from functools import cache

from chalicelib.atoms.registry import MODULES
from dsl.bundle import read_kind
from dsl.diagnostics import has_errors
from dsl.formats import Format, render
from infra.build import Checked, check_sources
from infra.offline.trial import try_event
from infra.project import find_project
from infra.sources import read_sources

_FILE = re.compile(r"^`([a-z_/]+\.yaml)`, the \w+:\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WORKFLOW, _RULE = "state_machines/host_drain.yaml", "policies/rules/spot_interruption.yaml"


@cache
def read_readme() -> str:
    return (find_project().root / "README.md").read_text("utf-8")


def read_console(command: str) -> str:
    """Give what the README prints after the first line that shows the command."""
    shown = read_readme().split(f"\n$ {command}\n", 1)[1]
    return re.split(r"^(?:\$ |```)", shown, maxsplit=1, flags=re.MULTILINE)[0]


@cache
def read_files() -> dict[str, str]:
    return dict(_FILE.findall(read_readme()))


def check_files(files: dict[str, str]) -> tuple[Checked, dict[str, str]]:
    sources = {**read_sources(find_project()), **files}
    return check_sources(sources), sources


def correct(files: dict[str, str]) -> dict[str, str]:
    """Do what the README then tells its reader to do."""
    text = files[_WORKFLOW].replace("intent: configure", "intent: disrupt").replace("instance_di:", "instance_id:")
    return {**files, _WORKFLOW: text}


def test_the_mistakes_of_its_workflow_are_told_in_these_words() -> None:
    assert set(read_files()) == {_WORKFLOW, _RULE}
    checked, sources = check_files(read_files())
    told = render([one for one in checked.diagnostics if one.span.file in read_files()], sources, Format.TEXT)
    *shown, counted = read_console("interlock check").splitlines()
    assert told.splitlines() == shown
    assert re.fullmatch(r"\d+ file\(s\) checked: 3 errors, 0 warnings\.", counted)


def test_corrected_it_compiles_to_the_states_that_are_shown() -> None:
    checked, _ = check_files(correct(read_files()))
    assert checked.build is not None
    assert not has_errors(checked.diagnostics)
    states = checked.build.machines["host_drain"]["States"]
    shown = json.loads(read_console(f"interlock compile {_WORKFLOW} | jq '.States | map_values(.Type)'"))
    assert {name: state["Type"] for name, state in states.items()} == shown


def test_the_rule_ignores_the_example_event_for_the_reason_that_is_shown() -> None:
    checked, _ = check_files(correct(read_files()))
    assert checked.build is not None
    sent = json.loads((find_project().root / "tests/corpus/events/ec2_spot_interruption.json").read_text("utf-8"))
    explained = try_event(sent, checked.build.bundle, datetime(2026, 1, 1, tzinfo=UTC), None, None)
    (decision,) = explained.decisions
    shown = read_console("interlock dispatches 0c986814 --local")
    assert decision.id == re.findall(r"^dispatch +(.+)$", shown, re.MULTILINE)[0]
    assert decision.reason == re.findall(r"^reason +(.+)$", shown, re.MULTILINE)[0]


def test_it_counts_the_atoms_and_workflows_that_there_are() -> None:
    workflows = [name for name, text in read_sources(find_project()).items() if read_kind(text) == "workflow"]
    (atoms,) = re.findall(r"^\| (\d+) \[atoms\]", read_readme(), re.MULTILINE)
    (counted,) = re.findall(r"^\| (\d+) \[workflows\]", read_readme(), re.MULTILINE)
    assert (int(atoms), int(counted)) == (len(MODULES), len(workflows))
