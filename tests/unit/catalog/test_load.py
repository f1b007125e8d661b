"""The bundle's JSON: read back equal, and refused where its schema or shape is another."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.catalog import load
from chalicelib.catalog.lazy import LazyList
from chalicelib.catalog.load import DEFAULT_PATH, dump_bundle, load_bundle, read_bundle
from chalicelib.catalog.model import AtomEntry, Branch, Intent, Rule
from chalicelib.errors import BundleInvalid
from tests.unit.decision.examples import make_bundle, make_rule

ATOM = AtomEntry("ec2.start", 1, "Start.", Intent.DISRUPT, ("host",), {}, {}, ("Object State Changed",), 30, 300)
BUNDLE = make_bundle(
    make_rule(Branch(when="true", page="sre"), Branch(when=None, run="host_reboot", with_={"a": [1, None]})),
    make_rule(goal=None, name="other"),
    atoms={"ec2.start": ATOM},
)


def test_a_dumped_bundle_is_read_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(dump_bundle(BUNDLE)))
    assert load_bundle(path) == BUNDLE


def test_the_branch_field_is_called_with_in_json() -> None:
    assert dump_bundle(BUNDLE)["rules"][0]["branches"][1]["with"] == {"a": [1, None]}


@pytest.mark.parametrize("kind", list(load._READERS), ids=lambda kind: kind.__name__)
def test_every_field_of_the_model_has_its_reader_in_order(kind: Any) -> None:
    assert list(load._READERS[kind]) == [name.rstrip("_") for name in kind.__match_args__]


def change(path: str, value: Any) -> Any:
    data = copy.deepcopy(dump_bundle(BUNDLE))
    *outer, key = path.split(".")
    target: Any = data
    for part in outer:
        target = target[int(part) if part.isdigit() else part]
    target[key] = value
    return data


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        ([], "it is not a JSON object"),
        ({}, "its schema is None and this code reads 1"),
        (change("schema", 2), "its schema is 2 and this code reads 1"),
        ({"schema": 1}, "the bundle has fields missing or unknown: access, accounts, atoms, control"),
        (change("extra", 1), "the bundle has fields missing or unknown: extra"),
        (change("version", 1), "version must be a string"),
        (change("rules", {}), "rules must be a list"),
        (change("workflows", []), "workflows must be an object"),
        (
            change("workflows.host_reboot.timeout_s", "60"),
            "workflows.host_reboot.timeout_s must be a whole number",
        ),
        (change("workflows.host_reboot.timeout_s", True), "timeout_s must be a whole number"),
        (change("workflows.host_reboot.undoes", 1), "undoes must be true or false"),
        (change("workflows.host_reboot.typo", 1), "workflows.host_reboot has fields missing or unknown: typo"),
        (change("rules.0.mode", "on"), "rules[0].mode cannot be 'on'"),
        (change("rules.0.mode", []), "rules[0].mode cannot be []"),
        (change("rules.0.branches", [None]), "rules[0].branches[0] must be an object"),
        (change("services.0.labels", {"a": 1}), "services[0].labels.a must be a string"),
        (change("control.conflicts", [{}]), "control.conflicts[0] has fields missing or unknown"),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "data",
)
def test_another_schema_or_shape_is_refused_with_its_place(data: Any, cause: str) -> None:
    with pytest.raises(BundleInvalid) as refused:
        read_bundle(data)
    assert cause in str(refused.value)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match="run `interlock build`"):
        load_bundle(tmp_path / "bundle.json")


def test_a_file_that_is_not_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(b"\xff{")
    with pytest.raises(BundleInvalid, match="is not JSON"):
        load_bundle(path)


def test_the_shipped_bundle_is_read_entry_by_entry_and_is_the_same_as_if_read_at_once() -> None:
    shipped = load_bundle()
    whole = load_bundle(DEFAULT_PATH)
    assert len(shipped.rules) == len(whole.rules)
    assert shipped.rules[-1] is shipped.rules[len(whole.rules) - 1]
    assert tuple(shipped.rules[:2]) == tuple(whole.rules[:2])
    assert dict(shipped.workflows) == dict(whole.workflows)
    assert "ec2.describe" in shipped.atoms
    assert dump_bundle(shipped) == dump_bundle(whole)


def test_a_rule_is_found_by_its_name_and_no_other_is_read() -> None:
    made: list[str] = []

    def read(raw: Any) -> Rule:
        made.append(raw["name"])
        return make_rule()._replace(name=raw["name"])

    rules = LazyList([{"name": "one"}, {"name": "two"}, {"name": "three"}], read)
    bundle = replace(make_bundle(), rules=rules)
    found = bundle.find_rule("three")
    assert found is not None
    assert (found.name, made) == ("three", ["three"])
    assert bundle.find_rule("four") is None
    assert replace(bundle, rules=tuple(rules)).find_rule("two") == rules[1]
