"""What a decision sees of an object, and which service and tier it has."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.catalog.model import Service
from chalicelib.decision.objects import observe_object, view_object
from chalicelib.decision.tiers import classify
from chalicelib.events.model import Observation
from chalicelib.identity import ObjectId
from tests.unit.decision.examples import HOST, NOW, make_bundle

BUNDLE = make_bundle()


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"service": "checkout"}, ("checkout", "P1")),
        ({"service": "ledger", "zone": "a"}, ("ledger", "P0")),
        ({"service": "other"}, (None, "P2")),
        ({}, (None, "P2")),
    ],
)
def test_labels_select_the_service_and_its_tier(labels: dict[str, str], expected: Any) -> None:
    assert classify(labels, BUNDLE) == expected


def test_all_labels_of_a_service_must_be_equal_and_the_first_service_counts() -> None:
    services = (
        Service("both", "P0", "x", {"team": "a", "env": "prod"}),
        Service("team", "P3", "x", {"team": "a"}),
        Service("later", "P1", "x", {"team": "a"}),
    )
    bundle = make_bundle(services=services)
    assert classify({"team": "a", "env": "prod"}, bundle) == ("both", "P0")
    assert classify({"team": "a", "env": "test"}, bundle) == ("team", "P3")


def test_an_object_nobody_has_seen_does_not_exist() -> None:
    view = view_object(HOST, state=None, state_at=None, labels={}, bundle=BUNDLE)
    assert (view.exists, view.state, view.zone, view.service, view.tier) == (False, None, None, None, "P2")


def test_a_newer_observation_replaces_the_state_and_adds_labels_and_with_them_the_service() -> None:
    view = view_object(HOST, state="running", state_at=NOW, labels={"zone": "a"}, bundle=BUNDLE)
    seen = Observation(HOST, "stopped", NOW + timedelta(seconds=1), {"service": "ledger", "zone": "b"})
    after = observe_object(view, [seen], BUNDLE)
    assert (after.state, after.state_at, after.zone, after.tier) == ("stopped", seen.at, "b", "P0")


def test_an_older_observation_changes_no_state_and_overrides_no_label() -> None:
    view = view_object(HOST, state="running", state_at=NOW, labels={"zone": "a"}, bundle=BUNDLE)
    after = observe_object(
        view, [Observation(HOST, "stopped", NOW - timedelta(seconds=1), {"zone": "b", "rack": "7"})], BUNDLE
    )
    assert (after.state, after.state_at, after.labels) == ("running", NOW, {"zone": "a", "rack": "7"})


def test_an_observation_of_another_object_changes_nothing() -> None:
    view = view_object(HOST, state="running", state_at=NOW, labels={}, bundle=BUNDLE)
    other = Observation(ObjectId("1", "r", "host", "other"), "stopped", NOW + timedelta(days=1))
    assert observe_object(view, [other], BUNDLE) == view
