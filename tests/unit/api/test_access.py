"""Who may do what: every route as every role, and starts judged by what their plan would lock."""

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.api.access import Permit, Target, find_grants, find_permit
from chalicelib.api.problems import NoRole, OutOfScope, RoleTooLow
from chalicelib.api.route import AnyRoute
from chalicelib.api.routes import ROUTES
from chalicelib.catalog.model import Access, ApprovalLine, Grant, Intent, Role
from chalicelib.control.approvals import approve as people
from tests.builders import HOME, HOST, OTHER, make_bundle
from tests.unit.api.world import FakeCore, Gateway, Reply, make_gateway

ARN = "arn:aws:iam::111122223333:user/"
PEOPLE: dict[Role | None, str] = {None: f"{ARN}nobody", **{role: f"{ARN}{role}" for role in Role}}
BY_NAME = Access(tuple(Grant((PEOPLE[role],), role) for role in Role))
TEAM = f"{ARN}team"
KEYS = itertools.count()
SIGNED = [route for route in ROUTES if not route.open]
PATH = {"name": "look", "id": "0" * 20 + "-" + "0" * 20, "event": "e-1", "kind": "host"}


def make_core(*grants: Grant) -> FakeCore:
    return FakeCore(bundle=make_bundle(access=Access((*BY_NAME.grants, *grants))))


def ask(core: FakeCore, route: AnyRoute, principal: str, body: Any = None) -> Reply:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    raw = None if route.method == "GET" else json.dumps(body or {}).encode()
    return make_gateway(core).send(route.method, route.path.format_map(PATH), raw, headers, principal)


@pytest.mark.parametrize("role", PEOPLE, ids=str)
@pytest.mark.parametrize("route", SIGNED, ids=lambda route: route.name)
def test_every_route_lets_in_its_least_role_and_those_above_it(route: AnyRoute, role: Role | None) -> None:
    core = make_core()
    reply = ask(core, route, PEOPLE[role])
    allowed = route.role is None or (role is not None and role.rank >= route.role.rank)
    assert (reply.status != 403) is allowed, reply.body
    if allowed:
        return
    expected = "no-role" if role is None else "role-too-low"
    assert (reply.status, reply.body["type"]) == (403, f"urn:interlock:problem:{expected}")
    (entry,) = core.audit
    assert (entry["principal"], entry["status"], entry["problem"]) == (PEOPLE[role], 403, expected)
    assert core.changed == {}


def ask_for_plan(core: FakeCore, api: Gateway) -> str:
    """Have a start wait for people; give its id."""
    core.label(OTHER, service="checkout")
    before = core.bundle
    line = ApprovalLine((), (Intent.DISRUPT,), (), (), ("*",), 1, 3600)
    core.bundle = replace(before, control=before.control._replace(approvals=(line,)))
    waiting = api.start("host_reboot", "waits", host="i-0b").body
    core.bundle = before
    assert waiting["state"] == "awaiting"
    return str(waiting["id"])


@pytest.mark.parametrize("route", [one for one in SIGNED if one.changes], ids=lambda route: route.name)
def test_a_grant_with_limits_changes_nothing_outside_them_by_any_route(route: AnyRoute) -> None:
    core = make_core(Grant((TEAM,), Role.ADMIN, services=("ledger",)))
    core.label(HOST, service="checkout")
    admin = make_gateway(core, PEOPLE[Role.ADMIN])
    started = admin.start("host_reboot", host="i-0a").body["id"]
    waiting = ask_for_plan(core, admin)
    sent = {"Content-Type": "application/json", "Idempotency-Key": "f"}
    body = {"scope": {"service": "checkout"}, "reason": "sale", "seconds": 60}
    frozen = admin.send("POST", "/v1/freezes", json.dumps(body).encode(), sent).body["id"]
    bodies: dict[str, Any] = {
        "POST /v1/dispatches": {"name": "host_reboot", "input": {"host": "i-0a"}},
        "POST /v1/plans": {"name": "host_reboot", "input": {"host": "i-0a"}},
        "POST /v1/freezes": body,
        "POST /v1/dead-letters/redeliver": {"event": "e-1"},
    }
    question = {"from": ["*"], "need": 1, "reason": "Go on?", "expires_s": 60, "on_expiry": "fail", "on_reject": "fail"}
    people.ask(people.Ask(started, "sign", "token", question), core.ports)
    for answer in ("approve", "reject"):
        for what in ("approvals", "plans"):
            bodies[f"POST /v1/{what}/{{id}}/{answer}"] = {"hash": "h", "reason": "because"}
    bodies["POST /v1/approvals/{id}/links"] = {"approver": "ana@ops"}
    before = dict(core.changed)
    ids = {"freezes": frozen, "approvals": f"{started}.sign", "plans": waiting}
    path = route.path.format_map({"id": ids.get(route.path.split("/")[2], started)})
    raw = json.dumps(bodies.get(route.name, {"reason": "because"})).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k", "If-Match": "*"}
    reply = make_gateway(core, TEAM).send(route.method, path, raw, headers)
    assert (reply.status, reply.body["type"]) == (403, "urn:interlock:problem:out-of-scope"), reply.body
    assert core.changed == before
    assert core.audit[-1]["problem"] == "out-of-scope"


def start(core: FakeCore, workflow: str, **given: str) -> Reply:
    return make_gateway(core, TEAM).start(workflow, f"k{next(KEYS)}", **given)


def test_a_team_may_disrupt_the_hosts_of_its_own_service_and_tier_only() -> None:
    core = make_core(Grant((TEAM,), Role.OPERATOR, ("checkout",), ("P1",), ("host",), Intent.DISRUPT))
    core.label(HOST, service="checkout")
    core.label(OTHER, service="ledger")
    assert start(core, "host_reboot", host="i-0a").status == 201
    refused = start(core, "host_reboot", host="i-0b")
    assert refused.body["detail"] == f"{TEAM} may not disrupt host/i-0b (ledger, P0): no grant covers it."
    assert start(core, "host_swap", a="i-0a", b="i-0b").status == 403, "each object counts, not the first"
    assert start(core, "host_reboot", host="i-unknown").status == 403, "an object of no service is not the team's"
    assert len(core.executions.started) == 1


def test_naming_the_own_object_does_not_hide_the_others_that_are_locked() -> None:
    core = make_core(Grant((TEAM,), Role.OPERATOR, ("checkout",)))
    core.label(HOST, service="checkout")
    core.label(OTHER, service="ledger")
    body = {"name": "host_swap", "input": {"a": "i-0a", "b": "i-0b"}, "object": "host/i-0a"}
    assert make_gateway(core, TEAM).post(body).status == 403


@pytest.mark.parametrize(("up_to", "status"), [(Intent.CONFIGURE, 403), (Intent.DISRUPT, 201), (Intent.DESTROY, 201)])
def test_an_intent_is_the_strongest_that_may_be_used(up_to: Intent, status: int) -> None:
    core = make_core(Grant((TEAM,), Role.OPERATOR, up_to=up_to))
    assert start(core, "host_reboot", host="i-0a").status == status


def test_what_locks_nothing_belongs_to_no_service() -> None:
    core = make_core(Grant((TEAM,), Role.OPERATOR, ("checkout",)))
    assert start(core, "look").status == 403
    core = make_core(Grant((TEAM,), Role.OPERATOR, up_to=Intent.OBSERVE))
    assert start(core, "look").status == 201


def test_a_dispatch_of_another_service_is_not_taken_back() -> None:
    core = make_core(Grant((TEAM,), Role.OPERATOR, ("checkout",)))
    core.label(HOST, service="checkout")
    core.label(OTHER, service="ledger")
    admin = make_gateway(core, PEOPLE[Role.ADMIN])
    own, foreign = (admin.start("host_reboot", host=host).body["id"] for host in ("i-0a", "i-0b"))
    raw, headers = b'{"reason": "because"}', {"Content-Type": "application/json"}
    gateway = make_gateway(core, TEAM)
    assert gateway.send("POST", f"/v1/dispatches/{foreign}/break", raw, headers).status == 403
    assert gateway.send("POST", f"/v1/dispatches/{own}/break", raw, headers).status == 200


def test_grants_count_together() -> None:
    core = make_core(
        Grant((TEAM,), Role.OPERATOR, ("checkout",), up_to=Intent.CONFIGURE),
        Grant((TEAM,), Role.OPERATOR, ("ledger",)),
    )
    core.label(HOST, service="checkout")
    core.label(OTHER, service="ledger")
    assert start(core, "host_reboot", host="i-0a").status == 403
    assert start(core, "host_reboot", host="i-0b").status == 201


@pytest.mark.parametrize(
    ("pattern", "principal", "fits"),
    [
        ("arn:aws:iam::111122223333:user/ana", "arn:aws:iam::111122223333:user/ana", True),
        ("arn:aws:iam::111122223333:user/ana", "arn:aws:iam::111122223333:user/anabel", False),
        ("arn:aws:iam::111122223333:user/ana", "arn:aws:iam::999922223333:user/ana", False),
        ("arn:*:*::{account}:*", "arn:aws-cn:sts::111122223333:assumed-role/Ops/ana@corp", True),
        ("arn:*:*::{account}:*", "arn:aws:iam::111122223333:root", True),
        ("arn:*:*::{account}:*", "arn:aws:iam::444422223333:user/ana", False),
        ("arn:aws:sts::111122223333:assumed-role/Ops*", "arn:aws:sts::111122223333:assumed-role/Ops-eu/ana", True),
        ("arn:aws:sts::111122223333:assumed-role/Ops/*", "arn:aws:sts::111122223333:assumed-role/Ops2/ana", False),
        ("arn:aws:iam::111122223333:user/a.a", "arn:aws:iam::111122223333:user/aXa", False),
        ("arn:aws:iam::*:user/ana", "arn:aws:iam::1:x:user/ana", False),
    ],
)
def test_a_pattern_fits_as_it_is_written(pattern: str, principal: str, fits: bool) -> None:  # noqa: FBT001
    assert bool(find_grants(Access((Grant((pattern,), Role.VIEWER),)), HOME, principal)) is fits


def test_a_permit_holds_only_the_grants_that_reach_the_routes_role() -> None:
    access = Access((Grant((TEAM,), Role.VIEWER), Grant((TEAM,), Role.OPERATOR, ("checkout",))))
    permit = find_permit(access, HOME, TEAM, Role.OPERATOR, "POST /x")
    assert (permit.role, permit.unlimited, len(permit.grants)) == (Role.OPERATOR, False, 1)
    with pytest.raises(RoleTooLow, match=r"POST /x needs the role approver, and .*team is operator\."):
        find_permit(access, HOME, TEAM, Role.APPROVER, "POST /x")
    with pytest.raises(NoRole):
        find_permit(Access(), HOME, TEAM, Role.VIEWER, "GET /x")


def test_no_grant_covers_nothing() -> None:
    with pytest.raises(OutOfScope):
        Permit(TEAM, Role.ADMIN).require([Target("it", Intent.OBSERVE, None, None, None)])


def test_who_asks_is_told_what_they_may_do() -> None:
    core = make_core(Grant((TEAM,), Role.OPERATOR, ("checkout",), up_to=Intent.DISRUPT))
    told = make_gateway(core, TEAM).get("/v1/me").body
    grant = {"role": "operator", "services": ["checkout"], "tiers": [], "kinds": [], "up_to": "disrupt"}
    assert told == {"principal": TEAM, "role": "operator", "grants": [grant]}
    assert make_gateway(core, PEOPLE[None]).get("/v1/me").body["role"] is None
