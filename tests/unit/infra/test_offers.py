import json

from chalicelib.catalog.offers import load_offers
from infra.build import build_project
from infra.project import find_project
from tests.unit.infra.connected import Stage


def test_every_entry_of_the_repository_has_an_estimate_and_an_example_that_fits_its_input() -> None:
    build = build_project(find_project())
    offers = json.loads(build.offers_text)
    assert offers.keys() == build.bundle.workflows.keys()
    assert any(one.offered_atom for one in build.bundle.workflows.values())
    for name, workflow in build.bundle.workflows.items():
        assert offers[name]["estimate"]["expected"]["usd"] > 0
        example = offers[name]["example"]
        assert example is not None, name
        assert set(workflow.input_schema.get("required", ())) <= example.keys(), name
    assert load_offers() == offers, "interlock build"


def test_a_rule_is_shown_as_a_tree() -> None:
    stage = Stage()
    shown = stage.run("rules", "host_stopped").out
    assert 'when $object.tier = "P0": page sre' in shown
    assert "else: run host_reboot(host={% $object.name %})" in shown
    assert ["host_stopped", "active", "host_reboot"] in stage.run("rules").lines
    assert json.loads(stage.run("rules", "--json").out)["rules"][0]["name"] == "host_stopped"
