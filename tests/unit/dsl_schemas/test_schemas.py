import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from pydantic import BaseModel

from chalicelib.atoms.registry import get_atoms
from dsl.schemas import ACCEPTED, KINDS, make_schema
from dsl.source import load_source
from infra.project import find_project
from infra.schemas import find_stale_schemas, name_schema
from infra.sources import read_sources
from tests.unit.dsl.build import write

PROJECT = find_project()
SOURCES = read_sources(PROJECT)
CORPUS = Path("tests/corpus/dsl")
PASSED_ON = {"_check_type", "_read_undo", "_check_kind", "_check_mode", "_check_one"}
"""Validators that take no more than their type says."""


def _plain(text: str) -> Any:
    root, _ = load_source(text, "file.yaml")
    assert root is not None
    return root.plain()


def _faults(text: str) -> list[str]:
    plain = _plain(text)
    return [one.message for one in Draft7Validator(make_schema(plain["kind"], get_atoms())).iter_errors(plain)]


def test_the_committed_schemas_are_up_to_date() -> None:
    stale = [path.name for path in find_stale_schemas(PROJECT)]
    assert stale == [], "run `interlock build` and commit the result"


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_schemas(kind: str) -> None:
    Draft7Validator.check_schema(make_schema(kind, get_atoms()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_the_same_every_time(kind: str) -> None:
    assert make_schema(kind, get_atoms()) == make_schema(kind, get_atoms())


@pytest.mark.parametrize("path", SOURCES)
def test_every_file_of_the_repository_fits_and_names_its_schema(path: str) -> None:
    text = SOURCES[path]
    assert _faults(text) == []
    assert text.splitlines()[0] == name_schema(_plain(text)["kind"], path.count("/"))


SHORT = """
- id: both
  parallel:
    left: [{id: l, wait: 5s}]
    right: {steps: [{id: r, wait: {timestamp: "{% $now() %}"}}], output: 1}
- id: look
  atom: ec2.start
  retry: {errors: [Throttled]}
  with: {instance_id: "{% $input.host %}"}
  undo: {none: it is better so}
- id: again
  atom: ec2.start
  retry: [{errors: [Throttled], interval: 1h30m}]
  with: {instance_id: "{% $input.host %}"}
"""


@pytest.mark.parametrize("on_failure", ["keep", "undo", "- id: tell\n  wait: 5s"])
def test_short_forms_fit(on_failure: str) -> None:
    assert _faults(write(SHORT, on_failure=on_failure)) == []


@pytest.mark.parametrize("name", ["misspelt_top_field", "missing_timeout", "unknown_type", "bad_id", "intent_misspelt"])
def test_an_editor_sees_what_check_would_say(name: str) -> None:
    assert _faults((CORPUS / f"{name}.yaml").read_text()) != []


def test_the_fields_of_an_atom_are_known_to_an_editor() -> None:
    text = write("- id: a\n  atom: ec2.start\n  with: {instance_idd: i-1}\n")
    assert any("instance_idd" in json.dumps(one) for one in _faults(text))


@pytest.mark.parametrize("model", KINDS.values(), ids=lambda model: model.__name__)
def test_what_every_validator_accepts_is_known(model: type[BaseModel]) -> None:
    used = {function.__name__ for function in _before(model.__pydantic_core_schema__)}
    assert used <= set(ACCEPTED) | PASSED_ON


def _before(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if value.get("type") == "function-before":
            yield value["function"]["function"]
        for child in value.values():
            yield from _before(child)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from _before(child)
