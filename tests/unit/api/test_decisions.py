import pytest

from chalicelib.api.decisions import UnknownEvent, explain_event
from chalicelib.control.intake import handle_event
from tests.builders import make_bundle, make_event, make_rule
from tests.unit.api.world import FakeCore, make_gateway


@pytest.fixture
def core() -> FakeCore:
    other = make_rule(name="host_running", match={"detail": {"state": ["running"]}})
    also = make_rule(name="also_stopped")
    return FakeCore(bundle=make_bundle(rules=(make_rule(), other, also)))


def deliver(core: FakeCore, raw: object) -> str:
    return handle_event(raw, core.bundle, core.home, core.ports).event_id


def test_every_decision_of_an_event_is_given_with_its_trials_and_blockers(core: FakeCore) -> None:
    found = explain_event(core, deliver(core, make_event()))

    assert found.outcome == "verdicts"
    verdicts = {one.rule: (one.verdict, len(one.blockers)) for one in found.decisions}
    assert verdicts == {"host_stopped": ("start", 0), "also_stopped": ("queue", 1)}
    assert all(len(one.trials) == 3 for one in found.decisions)
    assert [one.rule for one in found.missed or ()] == ["host_running"], "the record keeps the event"


def test_whoever_has_the_event_learns_why_other_rules_were_not_decided(core: FakeCore) -> None:
    raw = make_event()
    found = explain_event(core, deliver(core, raw), raw)

    assert found.missed is not None
    assert [(one.rule, one.reason) for one in found.missed] == [
        ("host_running", 'detail.state is "stopped", wanted one of ["running"]')
    ]


def test_the_record_is_enough_where_it_keeps_the_event(core: FakeCore) -> None:
    raw = make_event(state="pending")
    event = deliver(core, raw)

    found = explain_event(core, event)

    assert found.outcome == "no rule"
    assert found.missed is not None
    assert [one.rule for one in found.missed] == ["host_stopped", "host_running", "also_stopped"]


def test_a_dead_letter_gives_its_cause(core: FakeCore) -> None:
    found = explain_event(core, deliver(core, make_event(source=7)))

    assert (found.outcome, found.causes) == (
        "dead letter",
        ["The event cannot be understood: source must be a string, not a number."],
    )


def test_an_event_is_found_by_one_of_its_dispatches(core: FakeCore) -> None:
    event = deliver(core, make_event())
    dispatch = explain_event(core, event).decisions[0].id

    assert explain_event(core, dispatch) == explain_event(core, event)


def test_what_was_never_seen_is_unknown(core: FakeCore) -> None:
    with pytest.raises(UnknownEvent):
        explain_event(core, "gone")


def test_the_route_takes_an_id_with_any_characters(core: FakeCore) -> None:
    deliver(core, make_event("a b:{%25}"))
    api = make_gateway(core)

    assert api.get("/v1/decisions/a%20b:%7B%2525%7D").body["outcome"] == "verdicts"
    assert api.get("/v1/decisions/gone").status == 404
