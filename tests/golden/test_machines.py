"""The golden machines are what they were, and two outside linters find nothing in them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from statelint.linter import Linter

from tests.golden.machines import FOLDER, write_machines

NAMES = sorted(path.name for path in FOLDER.glob("*.json"))
ADR = FOLDER.parents[2] / "docs" / "adr" / "0016-derived-states.md"
COMPILED = FOLDER.parents[2] / "state_machines" / "compiled"
EVERY = [FOLDER / name for name in NAMES] + sorted(COMPILED.glob("*.json"))
"""The golden machines, and what the repository's workflows compile to."""

_FALSE_ALARM = re.compile(r"\.Seconds is \"\{%.* but should be an Integer|^Field \"Label\" not allowed")
"""statelint 3.1.0 does not know that JSONata mode takes an expression there, nor the label of a distributed map."""


@pytest.fixture(scope="module")
def machines() -> dict[str, str]:
    return write_machines()


def test_there_is_one_file_for_each_machine(machines: dict[str, str]) -> None:
    assert sorted(machines) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_machine_is_what_it_was(name: str, machines: dict[str, str]) -> None:
    assert machines[name] == (FOLDER / name).read_text(), "run `python -m tests.golden.machines` and read the diff"


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_every_target_exists_and_every_state_is_reached(path: Path) -> None:
    for scope in _scopes(json.loads(path.read_text())):
        reached: set[str] = set()
        pending = [scope["StartAt"]]
        while pending:
            one = pending.pop()
            if one not in reached:
                reached.add(one)
                pending += _targets(scope["States"][one])
        assert reached == set(scope["States"])


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_state_names_are_unique_over_the_machine(path: Path) -> None:
    names = [state for scope in _scopes(json.loads(path.read_text())) for state in scope["States"]]
    assert len(names) == len(set(names))
    assert all(len(one) <= 80 for one in names)


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_every_state_is_a_step_or_stands_in_the_closed_table(path: Path) -> None:
    table = re.findall(
        r"`((?:<(?:id|scope)>|resume)\.)?([a-z_]+)`(?=[^|]*\|)", ADR.read_text().split("|---|---|---|")[1]
    )
    plain = {role for prefix, role in table if not prefix}
    roles = {role for prefix, role in table if prefix}
    assert {"done", "failed"} <= plain
    for name in (name for scope in _scopes(json.loads(path.read_text())) for name in scope["States"]):
        step, _, role = name.rpartition(".")
        assert not step or role.rstrip("0123456789") in roles, name
        assert step or name in plain or re.fullmatch(r"[a-z][a-z0-9_]*", name), name


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_statelint_finds_nothing(path: Path) -> None:
    problems = Linter().validate(json.loads(path.read_text()))
    assert [one for one in problems if not _FALSE_ALARM.search(one)] == []


def test_statelint_does_look() -> None:
    asl = json.loads((FOLDER / NAMES[0]).read_text())
    asl["States"][asl["StartAt"]]["Next"] = "nowhere"
    assert any("nowhere" in one for one in Linter().validate(asl))


def test_cfn_lint_finds_nothing() -> None:
    resources: dict[str, dict[str, Any]] = {
        f"M{index}": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": "arn:aws:iam::123456789012:role/r",
                "Definition": json.loads(text),
                "DefinitionSubstitutions": dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), "f"),
            },
        }
        for index, text in enumerate(one.read_text() for one in EVERY)
    }
    # A machine that calls nothing takes no substitutions.
    for one in resources.values():
        if not one["Properties"]["DefinitionSubstitutions"]:
            del one["Properties"]["DefinitionSubstitutions"]
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    found = [str(match) for match in lint(json.dumps(template), regions=["us-east-1"])]
    assert found == []


def _scopes(asl: dict[str, Any]) -> list[dict[str, Any]]:
    found = [asl]
    for state in asl["States"].values():
        inner = [*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]
        found += [scope for one in inner for scope in _scopes(one)]
    return found


def _targets(state: dict[str, Any]) -> list[str]:
    named = [state.get("Next"), state.get("Default")]
    named += [one["Next"] for field in ("Choices", "Catch") for one in state.get(field, ())]
    return [one for one in named if one is not None]
