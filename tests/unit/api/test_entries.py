import tomllib
from dataclasses import replace
from pathlib import Path

from chalicelib.catalog.model import AtomEntry, Intent
from tests.builders import make_bundle, make_workflow
from tests.unit.api.world import FakeCore, Gateway, make_gateway

REBOOT = AtomEntry("ec2.reboot", 1, "Reboot it.", Intent.DISRUPT, ("host",), {}, {"type": "object"}, (), 60, 120)


def with_offered_atom() -> Gateway:
    offered = make_workflow("ec2.reboot", ("host/{% $input.id %}", Intent.DISRUPT), offered_atom="ec2.reboot")
    bundle = make_bundle(atoms={"ec2.reboot": REBOOT})
    return make_gateway(FakeCore(bundle=replace(bundle, workflows={**bundle.workflows, "ec2.reboot": offered})))


def test_the_catalog_lists_by_name_what_may_be_started(api: Gateway) -> None:
    reply = api.get("/v1/catalog")
    assert reply.status == 200
    assert reply.body["bundle_version"] == "bundle-1"
    names = [entry["name"] for entry in reply.body["entries"]]
    assert names == ["fleet_patch", "host_reboot", "host_stop", "host_swap", "host_tag", "look"]
    assert reply.body["entries"][1] == {
        "name": "host_reboot",
        "kind": "workflow",
        "description": "",
        "intents": ["disrupt"],
        "objects": ["host/{% $input.host %}"],
    }
    assert reply.body["entries"][5]["intents"] == []


def test_an_atom_on_its_own_is_told_from_a_workflow() -> None:
    kinds = {entry["name"]: entry["kind"] for entry in with_offered_atom().get("/v1/catalog").body["entries"]}
    assert (kinds["ec2.reboot"], kinds["host_reboot"]) == ("atom", "workflow")


def test_an_entry_has_its_schemas_locks_and_times(api: Gateway) -> None:
    reply = api.get("/v1/catalog/host_reboot")
    assert reply.status == 200
    assert reply.body["input_schema"]["required"] == ["host"]
    assert reply.body["output_schema"] is None
    assert reply.body["touches"] == [{"object": "host/{% $input.host %}", "intent": "disrupt"}]
    assert (reply.body["timeout_s"], reply.body["expected_s"], reply.body["effect_timeout_s"]) == (900, 300, 120)
    assert (reply.body["hash"], reply.body["bundle_version"]) == ("hash-host_reboot", "bundle-1")


def test_an_offered_atom_shows_what_it_gives_back() -> None:
    assert with_offered_atom().get("/v1/catalog/ec2.reboot").body["output_schema"] == {"type": "object"}


def test_an_unknown_name_is_a_404_that_says_it(api: Gateway) -> None:
    reply = api.get("/v1/catalog/nope")
    assert (reply.status, reply.body["type"]) == (404, "urn:interlock:problem:unknown-name")
    assert reply.body["detail"] == "The catalog has no workflow or atom called 'nope'."


def test_a_workflow_shows_an_example_and_what_it_costs(core: FakeCore, api: Gateway) -> None:
    view = {"transitions": 1, "seconds": 2.5, "calls": 1, "api_calls": 1, "usd": 0.001}
    estimate = {"best": view, "expected": view, "worst": view, "control_usd": 0.1, "prices_as_of": "2025-06-01"}
    core.offers = {"host_reboot": {"example": {"host": "i-0a"}, "estimate": {**estimate, "workflow": "host_reboot"}}}
    shown = api.get("/v1/catalog/host_reboot").body
    assert (shown["example"], shown["estimate"]["worst"]["usd"]) == ({"host": "i-0a"}, 0.001)
    assert api.get("/v1/catalog/look").body["estimate"] is None


def test_rules_are_listed_and_shown(api: Gateway) -> None:
    (rule,) = api.get("/v1/rules").body["rules"]
    assert (rule["name"], rule["mode"], rule["runs"]) == ("host_stopped", "active", ["host_reboot"])
    shown = api.get("/v1/rules/host_stopped").body
    assert [one["page"] for one in shown["branches"]] == ["sre", None]
    assert shown["branches"][1]["input"] == {"host": "{% $object.name %}"}
    assert api.get("/v1/rules/nope").body["type"] == "urn:interlock:problem:unknown-rule"


def test_the_version_is_the_projects(api: Gateway) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))
    assert api.get("/v1/version").body["version"] == project["project"]["version"]
