"""The gallery is what the workflows, their headers, the end-to-end tests and the pictures say."""

import re
import subprocess

import pytest
import yaml

from dsl.model import Step, WorkflowFile
from dsl.shape import validate
from dsl.source import load_source
from infra.project import find_project
from infra.workflow_page import PICTURES, find_stale_page, list_entries

PROJECT = find_project()
ENTRIES = {one.workflow.name: one for one in list_entries(PROJECT)}
E2E = PROJECT.root / "tests" / "e2e"


def test_the_page_is_up_to_date() -> None:
    assert find_stale_page(PROJECT) == (), "run `interlock build`"


@pytest.mark.parametrize("name", ENTRIES)
def test_a_workflow_says_when_to_use_it_and_which_runbook_it_follows(name: str) -> None:
    entry = ENTRIES[name]
    assert entry.when, "# When: ..."
    assert entry.runbook, "# Runbook: ..."
    assert entry.link.startswith("https://")


def test_what_is_said_to_run_on_the_local_aws_is_run_there() -> None:
    said = {name for name, one in ENTRIES.items() if one.proven.startswith("local AWS")}
    text = "\n".join(path.read_text("utf-8") for path in sorted(E2E.glob("test_*.py")))
    run = set(re.findall(r'(?:play|\.start)\(\s*"(\w+)"', text))
    assert said == run & set(ENTRIES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_every_step(name: str) -> None:
    path = PROJECT.state_machines / f"{name}.yaml"
    root, _ = load_source(path.read_text("utf-8"), name)
    assert root is not None
    model, _ = validate(root, WorkflowFile)
    assert model is not None
    shown = (PROJECT.root / "docs" / "workflows" / f"{name}.svg").read_text("utf-8")
    missing = [one for one in _list_ids(model.steps) if not re.search(rf">\s*{one}\b", shown)]
    assert missing == [], f"interlock graph {path} --out docs/workflows/{name}.svg"


def _list_ids(steps: tuple[Step, ...]) -> list[str]:
    return [name for one in steps for name in (one.id, *(n for block in one.blocks() for n in _list_ids(block.steps)))]


def test_the_document_of_disk_cleanup_takes_what_the_workflow_gives_it() -> None:
    text = (PROJECT.root / "docs" / "workflows" / "Interlock-DiskCleanup.yaml").read_text("utf-8")
    document = yaml.safe_load(text)
    workflow = yaml.safe_load((PROJECT.state_machines / "disk_cleanup.yaml").read_text("utf-8"))
    [clean] = [one for one in workflow["steps"] if one["id"] == "clean"]
    assert workflow["input"]["document"]["default"] == "Interlock-DiskCleanup"
    assert set(document["parameters"]) == set(clean["with"]["parameters"])
    script = "\n".join(document["mainSteps"][0]["inputs"]["runCommand"])
    assert set(re.findall(r"\{\{ (\w+) \}\}", script)) == set(document["parameters"])
    filled = script.replace("{{ KeepDays }}", "7")
    checked = subprocess.run(["sh", "-n"], input=filled, text=True, capture_output=True, check=False)
    assert checked.stderr == ""
