"""A start that somebody asks for: the same reservation as an event's, under an id that the Idempotency-Key names.

The dispatch id depends on principal and key only, so one key makes at most one dispatch, however often, however
concurrently and with whatever bodies it is sent; the digest in its row says whether a repeat asks for the same.
"""

from dataclasses import dataclass

from chalicelib.api.access import Permit
from chalicelib.api.core import Core
from chalicelib.api.judging import judge_start
from chalicelib.api.objects import show_object
from chalicelib.api.problems import InvalidRequest, KeyReused, Problem, Rejected, UnknownName, refuse
from chalicelib.api.rows import find_row, list_blockers, read_row, summarize_dispatch
from chalicelib.api.schemas.base import Blocker
from chalicelib.api.schemas.dispatches import Admission, StartRequest
from chalicelib.catalog.model import Bundle, RuleMode, Workflow
from chalicelib.catalog.schema import complete_input, list_faults
from chalicelib.control.intake import admit
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ObjectRecord, Verdict, VerdictKind
from chalicelib.control.plan import TooManyLocks, find_locks, find_rank
from chalicelib.control.records import dispatch_key, object_key, read_object
from chalicelib.control.reservation import list_blocker
from chalicelib.control.transaction import Item
from chalicelib.decision.model import Action, Decision, Resume
from chalicelib.decision.tiers import classify
from chalicelib.errors import BadInput, MalformedObjectId
from chalicelib.identity import ObjectId, Origin, canonical_json, digest, dispatch_id, parse_object_id

RULE = "request"
"""What stands in for a rule's name in the record of a start that was asked for."""
MAX_OBJECT = 1024
"""Characters of a full object id: DynamoDB's partition keys take 2,048 bytes."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the IAM principal's ARN, the key that makes the request the same request, and what may be changed."""

    principal: str
    key: str
    permit: Permit | None = None
    """None: this asker is not judged, since it is no request of the API."""
    retries: str = ""
    """The dispatch that is done again."""
    goes_on: bool = False
    """Whether that is wanted from its failed step; the same key with another wish is another request."""
    resume: Resume | None = None
    """What is taken over from it."""

    @property
    def event_id(self) -> str:
        """What stands in for an event's id."""
        return f"request:{self.principal}:{self.key}"

    @property
    def dispatch(self) -> str:
        """The id of the one dispatch that this key can make."""
        return dispatch_id(Origin(self.event_id, RULE, ""))


def start_dispatch(core: Core, asker: Asker, request: StartRequest) -> Admission:
    """Start a catalog entry or queue it.

    Raises Rejected with who stands in the way, UnknownName, InvalidRequest with every fault of the input, OutOfScope
    if the asker may not do that to all that it would lock, and KeyReused. A repeated key gives the first result, whatever the catalog now says of the request.
    """
    wish = [asker.retries, *(["failed"] if asker.goes_on else [])] if asker.retries else []
    fingerprint = digest([canonical_json(request.model_dump(mode="json")), *wish])
    try:
        draft, objects, locked = _draft(core, asker, request, fingerprint)
    except Problem:
        row = find_row(core, asker.dispatch)
        if row is None:
            raise
        return _repeat(row, fingerprint, core)
    recorded, records = _read(core, asker.dispatch, objects if _is_free(asker) else (*objects, *locked))
    # A reservation whose start was cut off goes through again, which starts it under its own name.
    if recorded is None or recorded["state"] == DispatchState.RESERVED:
        if recorded is None and asker.permit is not None and not _is_free(asker):
            judge_start(core.bundle, core.home, asker.permit, draft, records)
        decision = _weigh(draft, records[: len(objects)], core.bundle)
        verdict = admit(decision, core.bundle, core.ports)
        if not verdict.duplicate:
            return _answer(verdict, decision, core)
        recorded = read_row(core, asker.dispatch)
    return _repeat(recorded, fingerprint, core)


def draft_start(core: Core, asker: Asker, request: StartRequest) -> Decision:
    """Make the decision that a start would be, and no more. Raises UnknownName, InvalidRequest and OutOfScope."""
    draft, objects, locked = _draft(core, asker, request, "")
    _, records = _read(core, asker.dispatch, (*objects, *locked))
    if asker.permit is not None and not _is_free(asker):
        judge_start(core.bundle, core.home, asker.permit, draft, records)
    return _weigh(draft, records[: len(objects)], core.bundle)


def _is_free(asker: Asker) -> bool:
    return asker.permit is None or asker.permit.unlimited


def _draft(
    core: Core, asker: Asker, request: StartRequest, fingerprint: str
) -> tuple[Decision, tuple[ObjectId, ...], tuple[ObjectId, ...]]:
    """Make the decision but for its tier and service; give the objects that those follow from, and all it locks."""
    workflow = core.bundle.workflows.get(request.name)
    if workflow is None:
        raise UnknownName(name=request.name)
    subject, faults = _read_subject(request.object, core)
    faults += _check_input(workflow, request)
    if faults:
        raise refuse(InvalidRequest, faults)
    draft = _decide(core, asker, request, fingerprint)
    locked = _find_locked(draft, core.bundle)
    if subject is not None and locked and subject not in locked:
        names = ", ".join(show_object(one, core.home) for one in locked)
        raise refuse(
            InvalidRequest, [f"object: {workflow.name} does not lock {show_object(subject, core.home)}, but {names}"]
        )
    if subject is None and len(locked) == 1:
        subject = locked[0]
    return draft._replace(object=subject), (subject,) if subject else locked, locked


def _read_subject(text: str | None, core: Core) -> tuple[ObjectId | None, list[str]]:
    try:
        return (parse_object_id(text, core.home) if text else None), []
    except MalformedObjectId as error:
        return None, [f"object: {error}"]


def _check_input(workflow: Workflow, request: StartRequest) -> list[str]:
    try:
        complete_input(workflow.input_schema, request.input, workflow.name)
    except BadInput as error:
        return list_faults(workflow.input_schema, request.input, "input") or [str(error)]
    return []


def _decide(core: Core, asker: Asker, request: StartRequest, fingerprint: str) -> Decision:
    said = request.reason or "no reason given"
    resume = asker.resume
    begins = f"; goes on from {resume.step}, where {resume.dispatch} failed" if resume is not None else ""
    return Decision(
        id=asker.dispatch,
        event_id=asker.event_id,
        root_id=asker.event_id,
        hops=0,
        rule=RULE,
        mode=RuleMode.ACTIVE,
        home=core.home,
        object=None,
        action=Action.RUN,
        workflow=request.name,
        input=request.input,
        reason=f"{said} (asked for by {asker.principal}{begins})",
        tier=core.bundle.default_tier,
        service=None,
        trials=(),
        goal=None,
        bundle_version=core.bundle.version,
        decided_at=core.ports.clock.now(),
        request={
            "principal": asker.principal,
            "reason": request.reason or "",
            "digest": fingerprint,
            **({"retries": asker.retries} if asker.retries else {}),
        },
        resumes=resume,
    )


def _find_locked(draft: Decision, bundle: Bundle) -> tuple[ObjectId, ...]:
    try:
        locked = tuple(lock.object for lock in find_locks(draft, bundle))
    except (BadInput, TooManyLocks) as error:
        raise refuse(InvalidRequest, [str(error)]) from None
    if any(len(str(one)) > MAX_OBJECT for one in locked):
        raise refuse(InvalidRequest, [f"input: an object id would have more than {MAX_OBJECT} characters"])
    return locked


def _read(core: Core, dispatch: str, objects: tuple[ObjectId, ...]) -> tuple[Item | None, tuple[ObjectRecord, ...]]:
    """Read what the key made before, and the objects, in one call."""
    keys = {one: object_key(one) for one in objects}
    rows = core.ports.store.read([dispatch_key(dispatch), *keys.values()])
    return rows.get(dispatch_key(dispatch)), tuple(read_object(one, rows.get(keys[one])) for one in objects)


def _weigh(draft: Decision, records: tuple[ObjectRecord, ...], bundle: Bundle) -> Decision:
    """Give the decision the tier of its object; one about several objects has that of the most important."""
    found = [classify(record.labels, bundle) for record in records]
    if not found:
        return draft
    service, tier = min(found, key=lambda one: find_rank(one[1], bundle))
    return draft._replace(tier=tier, service=service)


def _answer(verdict: Verdict, decision: Decision, core: Core) -> Admission:
    blockers = [Blocker(**list_blocker(blocker)) for blocker in verdict.blockers]
    if verdict.state is DispatchState.HELD:
        raise _reject(decision.workflow, verdict.reason, verdict.dispatch, blockers)
    if verdict.kind is VerdictKind.RECORD:
        raise refuse(InvalidRequest, [verdict.reason])
    if verdict.kind is VerdictKind.REJECT:
        raise _reject(decision.workflow, verdict.reason, verdict.dispatch, blockers)
    return Admission(
        id=verdict.dispatch,
        verdict=verdict.kind,
        state=verdict.state,
        reason=verdict.reason,
        workflow=decision.workflow,
        object=show_object(decision.object, core.home) if decision.object else None,
        tier=decision.tier,
        blockers=blockers,
        into=verdict.into or None,
        repeated=False,
    )


def _repeat(row: Item, fingerprint: str, core: Core) -> Admission:
    """Give the first result again. Raises KeyReused if that was of another request, Rejected if it was refused."""
    if row["request"]["digest"] != fingerprint:
        raise KeyReused(made=f"the dispatch {row['id']}", extra={"dispatch": row["id"]})
    blockers = list_blockers(row)
    if row["verdict"] == VerdictKind.REJECT or row["state"] == DispatchState.HELD:
        raise _reject(row["workflow"], row["reason"], row["id"], blockers)
    shown = summarize_dispatch(row, core.home)
    return Admission(
        id=shown.id,
        verdict=VerdictKind(row["verdict"]),
        state=shown.state,
        reason=shown.reason,
        workflow=row["workflow"],
        object=shown.object,
        tier=shown.tier,
        blockers=blockers,
        into=row.get("into"),
        repeated=True,
    )


def _reject(workflow: str, reason: str, dispatch: str, blockers: list[Blocker]) -> Rejected:
    listed = [blocker.model_dump() for blocker in blockers]
    return Rejected(workflow=workflow, reason=reason, extra={"dispatch": dispatch, "blockers": listed})
