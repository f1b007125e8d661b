"""Interlock's API as a Python client: signed requests, and every refusal as an error of one line."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from chalicelib.errors import InterlockError
from infra.api import Answer, call_api, find_api_url
from infra.cloud import Cloud

Json = dict[str, Any]

_SHOWN = 300
_PAGE = 200
_TIMELINE_PAGE = 1000
_SEPARATORS = (1, 3)
"""Slashes of a short and of a full object id."""


class ApiRefused(InterlockError):
    """{detail}."""

    @property
    def problem(self) -> Json:
        """The problem document, as far as the API sent one: type, title, status, detail, faults, blockers."""
        body = self.facts["body"]
        return body if isinstance(body, dict) else {}


class ApiRejected(ApiRefused):
    """{detail}."""


class ApiForbidden(ApiRefused):
    """The API does not let you in ({detail}): your IAM identity needs execute-api:Invoke on it."""


class ApiDenied(ApiForbidden):
    """{detail}; `interlock whoami` shows what you may do."""


class ApiFailed(ApiRefused):
    """The API failed with status {status}: {detail}."""


_LISTS = {
    "unknown-name": "catalog",
    "unknown-dispatch": "dispatches",
    "unknown-rule": "rules",
    "unknown-freeze": "freezes",
    "unknown-approval": "approvals",
    "unknown-object": "objects",
}
"""Which command lists what there is, where something is asked for that there is not."""
_KINDS: dict[int, type[ApiRefused]] = {
    HTTPStatus.UNAUTHORIZED: ApiForbidden,
    HTTPStatus.FORBIDDEN: ApiForbidden,
    HTTPStatus.CONFLICT: ApiRejected,
}


@dataclass(frozen=True)
class ApiClient:
    """One stage's API, called as the cloud's IAM identity. Every method raises ApiRefused or one of its kinds."""

    cloud: Cloud
    outputs: Mapping[str, str] = field(repr=False)
    """The stack's outputs, which say where the API is."""
    send: Callable[..., Answer] = call_api

    def read_health(self) -> Json:
        """Give `{status, bundle_version}`."""
        return self._get("/v1/health")

    def read_me(self) -> Json:
        """Give who asks: `{principal, role, grants}`."""
        return self._get("/v1/me")

    def list_audit(self, limit: int, **filters: str | None) -> Iterator[Json]:
        """Give up to `limit` entries of the audit, the latest first. Filters: principal, action, refused."""
        cursor: str | None = None
        while limit > 0:
            page = self._get("/v1/audit", {**filters, "limit": str(min(limit, _PAGE)), "cursor": cursor})
            yield from page["entries"]
            limit -= len(page["entries"])
            cursor = page["next"]
            if cursor is None:
                return

    def list_catalog(self) -> Json:
        """Give `{bundle_version, entries}`."""
        return self._get("/v1/catalog")

    def read_entry(self, name: str) -> Json:
        """Give one catalog entry with its schemas."""
        return self._get(f"/v1/catalog/{quote(name, safe='')}")

    def list_rules(self) -> Json:
        """Give `{bundle_version, rules}`."""
        return self._get("/v1/rules")

    def read_rule(self, name: str) -> Json:
        """Give one rule with its pattern and branches."""
        return self._get(f"/v1/rules/{quote(name, safe='')}")

    def start(
        self,
        name: str,
        given: Mapping[str, Any],
        *,
        key: str | None = None,
        reason: str | None = None,
        about: str | None = None,
    ) -> Json:
        """Ask for a start; give `{id, verdict, state, reason, …}`. Raises ApiRejected if control refuses.

        The same `key` starts at most once, so a request that was lost may be sent again under it; None makes one up.
        """
        body = {"name": name, "input": dict(given), "reason": reason, "object": about}
        sent = {field: value for field, value in body.items() if value is not None}
        return self._read("/v1/dispatches", "POST", sent, {"Idempotency-Key": key or uuid4().hex})

    def plan(self, name: str, given: Mapping[str, Any], *, reason: str | None = None, about: str | None = None) -> Json:
        """Give what control would say to a start now; nothing is started."""
        body = {"name": name, "input": dict(given), "reason": reason, "object": about}
        return self._read("/v1/plans", "POST", {field: value for field, value in body.items() if value is not None})

    def list_dispatches(self, limit: int, **filters: str | None) -> Iterator[Json]:
        """Give up to `limit` dispatches, live ones first, page by page. Filters: state, object, rule, workflow."""
        cursor: str | None = None
        while limit > 0:
            page = self._get("/v1/dispatches", {**filters, "limit": str(min(limit, _PAGE)), "cursor": cursor})
            yield from page["dispatches"]
            limit -= len(page["dispatches"])
            cursor = page["next"]
            if cursor is None:
                return

    def read_dispatch(self, dispatch: str) -> Json:
        """Give everything recorded of one dispatch."""
        return self._get(f"/v1/dispatches/{quote(dispatch, safe='')}")

    def read_why(self, dispatch: str) -> Json:
        """Give the arithmetic of a dispatch's verdict."""
        return self._get(f"/v1/dispatches/{quote(dispatch, safe='')}/why")

    def read_timeline(self, dispatch: str) -> Json:
        """Give every state of a dispatch's execution, page by page put together."""
        found = self._get(f"/v1/dispatches/{quote(dispatch, safe='')}/timeline", {"limit": str(_TIMELINE_PAGE)})
        while found["next"] is not None:
            after = {"limit": str(_TIMELINE_PAGE), "after": str(found["next"])}
            page = self._get(f"/v1/dispatches/{quote(dispatch, safe='')}/timeline", after)
            found = {**page, "states": [*found["states"], *page["states"]]}
        return found

    def retry(
        self, dispatch: str, reason: str, *, begin: str = "start", repeat: bool = False, key: str | None = None
    ) -> Json:
        """Do again what ended badly; give what `start` gives, and `{retries, failed_step, resumes, repeats}`.

        `begin` is `start`, or `failed` to go on from the step that failed.
        """
        body = {"reason": reason, "from": begin, "repeat": repeat}
        path = f"/v1/dispatches/{quote(dispatch, safe='')}/retry"
        return self._read(path, "POST", body, {"Idempotency-Key": key or uuid4().hex})

    def explain_event(self, event: str) -> Json:
        """Give what became of an event, by its id or by the id of one of its dispatches."""
        return self._get(f"/v1/decisions/{quote(event, safe='')}")

    def cancel(self, dispatch: str, reason: str) -> Json:
        """Take back a dispatch that has not started; give `{id, was, action}`. Raises ApiRejected if it has."""
        return self._read(f"/v1/dispatches/{quote(dispatch, safe='')}/cancel", "POST", {"reason": reason})

    def break_dispatch(self, dispatch: str, reason: str) -> Json:
        """Stop a running dispatch; give `{id, was, action}`. Raises ApiRejected if it does not run."""
        return self._read(f"/v1/dispatches/{quote(dispatch, safe='')}/break", "POST", {"reason": reason})

    def release(self, dispatch: str, reason: str) -> Json:
        """Have what is held go on; give `{id, was, action}`. Raises ApiRejected if it is not held."""
        return self._read(f"/v1/dispatches/{quote(dispatch, safe='')}/release", "POST", {"reason": reason})

    def list_dead(self, days: int, limit: int) -> Json:
        """Give `{dead_letters, complete}` of the last days, the latest first."""
        return self._get("/v1/dead-letters", {"days": str(days), "limit": str(limit)})

    def redeliver(self, event: str) -> Json:
        """Deliver the dead letters of an event again; give `{redeliveries: [{event, outcome, cause, dispatches}]}`."""
        return self._read("/v1/dead-letters/redeliver", "POST", {"event": event})

    def list_approvals(self, dispatch: str | None = None) -> list[Json]:
        """Give what waits for people, or all that was asked about one dispatch."""
        found: list[Json] = self._get("/v1/approvals", {"dispatch": dispatch})["approvals"]
        return found

    def read_approval(self, approval: str) -> Json:
        """Give one approval with its answers."""
        return self._get(f"/v1/approvals/{quote(approval, safe='')}")

    def reply(self, approval: str, answer: str, asked_hash: str, reason: str) -> Json:
        """Answer `approve` or `reject` to what the hash names; give `{approval, changed, action}`."""
        body = {"hash": asked_hash, "reason": reason}
        return self._read(f"/v1/approvals/{quote(approval, safe='')}/{answer}", "POST", body)

    def make_link(self, approval: str, approver: str, seconds: int) -> Json:
        """Make a signed link for a person without an IAM identity; give `{url, path, approver, hash, expires_at}`."""
        body = {"approver": approver, "seconds": seconds}
        made = self._read(f"/v1/approvals/{quote(approval, safe='')}/links", "POST", body)
        return {"url": self._url + str(made["path"]), **made}

    def list_freezes(self) -> list[Json]:
        """Give every freeze in force."""
        found: list[Json] = self._get("/v1/freezes")["freezes"]
        return found

    def freeze(
        self, scope: Mapping[str, str], reason: str, seconds: int, exempt_tiers: Sequence[str], key: str | None = None,
        *, exempt_intents: Sequence[str] = (), held: str = "drop",
    ) -> Json:  # fmt: skip
        """Hold every start in a scope; an empty one is everything. Gives the freeze."""
        body = {"scope": dict(scope), "reason": reason, "seconds": seconds, "exempt_tiers": list(exempt_tiers)}
        body |= {"exempt_intents": list(exempt_intents), "held": held}
        return self._read("/v1/freezes", "POST", body, {"Idempotency-Key": key or uuid4().hex})

    def unfreeze(self, name: str) -> Json:
        """End a freeze now; give what it was."""
        return self._read(f"/v1/freezes/{quote(name, safe='')}", "DELETE")

    def list_objects(self, kind: str, limit: int, **filters: str | None) -> Iterator[Json]:
        """Give up to `limit` known objects of a kind, page by page. Filters: service, zone, state."""
        after: str | None = None
        while limit > 0:
            given = {**filters, "kind": kind, "limit": str(min(limit, _PAGE)), "after": after}
            page = self._get("/v1/objects", given)
            yield from page["objects"]
            limit -= len(page["objects"])
            after = page["next"]
            if after is None:
                return

    def list_goals(self, kind: str, **filters: str | None) -> Iterator[Json]:
        """Give every goal of the known objects of a kind, page by page. Filters: status, rule."""
        after: str | None = None
        while True:
            page = self._get("/v1/goals", {**filters, "kind": kind, "limit": str(_PAGE), "after": after})
            yield from page["goals"]
            after = page["next"]
            if after is None:
                return

    def read_object(self, about: str) -> Json:
        """Give everything that is kept of one object."""
        *home, kind, name = about.split("/") if about.count("/") in _SEPARATORS else ["object", about]
        place = dict(zip(("account", "region"), home, strict=True)) if len(home) > 1 else {}
        return self._get(f"/v1/objects/{quote(kind, safe='')}/{quote(name, safe='')}", place)

    def list_locks(self, about: str | None = None) -> Json:
        """Give `{locks, complete}`: all that is held or waited for, or one object's."""
        return self._get("/v1/locks", {"object": about})

    def list_budgets(self) -> Json:
        """Give `{budgets, complete}`: what is used of every budget."""
        return self._get("/v1/budgets")

    @cached_property
    def _url(self) -> str:
        return find_api_url(self.cloud, self.outputs)

    def _get(self, path: str, query: Mapping[str, str | None] | None = None) -> Json:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        # SigV4 signs the query as it is sent, so it must be encoded as AWS encodes it.
        encoded = urlencode(sorted(given.items()), quote_via=quote, safe="-_.~")
        return self._read(f"{path}?{encoded}" if encoded else path)

    def _read(
        self, path: str, method: str = "GET", body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        answer = self.send(self.cloud, self._url + path, method, body, headers=headers)
        if answer.status >= HTTPStatus.BAD_REQUEST or not isinstance(answer.body, dict):
            raise describe_refusal(answer)
        return answer.body


def describe_refusal(answer: Answer) -> ApiRefused:
    """Make the error of an answer: a problem document, API Gateway's own `message`, or whatever text came."""
    failed = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status < HTTPStatus.BAD_REQUEST
    kind = ApiFailed if failed else _KINDS.get(answer.status, ApiRefused)
    if kind is ApiForbidden and isinstance(answer.body, dict) and "type" in answer.body:
        kind = ApiDenied
    return kind(status=answer.status, detail=_find_detail(answer.body) + _find_hint(answer.body), body=answer.body)


def _find_hint(body: Any) -> str:
    """Say what to do next where the answer alone does not."""
    slug = str(body.get("type", "")).rpartition(":")[2] if isinstance(body, dict) else ""
    return f": `interlock {_LISTS[slug]}` shows what there is" if slug in _LISTS else ""


def _find_detail(body: Any) -> str:
    """Give one line without a period at its end."""
    known = (body.get(name) for name in ("detail", "message", "Message")) if isinstance(body, dict) else ()
    text = next((one for one in known if isinstance(one, str)), str(body)[:_SHOWN])
    return " ".join(text.split()).rstrip(".") or "an empty answer"
