"""What a request would change, for the grants to be held against: read from the plan's locks, never from the request."""

from collections.abc import Iterable

from chalicelib.api.access import Permit, Target
from chalicelib.api.core import Core
from chalicelib.api.objects import show_object
from chalicelib.api.rows import read_row
from chalicelib.catalog.model import Bundle, Intent
from chalicelib.control.intake import read_records
from chalicelib.control.model import ObjectRecord
from chalicelib.control.plan import find_locks
from chalicelib.decision.model import Decision
from chalicelib.decision.tiers import classify
from chalicelib.identity import Home, ObjectId, parse_object_id


def judge_start(
    bundle: Bundle, home: Home, permit: Permit, decision: Decision, records: Iterable[ObjectRecord]
) -> None:
    """Let a start pass if each object that it locks is covered; `records` holds all of them. Raises OutOfScope."""
    known = {record.id: record for record in records}
    locks = {lock.object: lock.intent for lock in find_locks(decision, bundle)}
    permit.require(_aim(known[about], intent, bundle, home) for about, intent in locks.items())
    if not locks:
        permit.require([_aim_at_nothing(decision.workflow, bundle)])


def judge_dispatch(core: Core, permit: Permit, dispatch: str) -> None:
    """Let a change of a dispatch pass if each object that it locks is covered. Raises UnknownId and OutOfScope."""
    if permit.unlimited:
        return
    row = read_row(core, dispatch)
    locks: dict[ObjectId, Intent] = {
        parse_object_id(text, core.home): Intent(intent) for text, intent in row.get("locks", ())
    }
    records = read_records(locks.keys(), core.ports)
    permit.require(_aim(records[about], intent, core.bundle, core.home) for about, intent in locks.items())
    if not locks:
        permit.require([_aim_at_nothing(row.get("workflow") or "", core.bundle)])


def judge_held(core: Core, permit: Permit, dispatch: str) -> None:
    """Let what is held go on if its object is covered: it has no locks yet. Raises UnknownId and OutOfScope."""
    if permit.unlimited:
        return
    row = read_row(core, dispatch)
    workflow = core.bundle.workflows.get(row.get("workflow") or "")
    intents = [touch.intent for touch in workflow.touches] if workflow else []
    strongest = max(intents, key=lambda one: one.rank, default=Intent.OBSERVE)
    if not row["object"]:
        permit.require([_aim_at_nothing(row.get("workflow") or "", core.bundle)])
        return
    about = parse_object_id(row["object"], core.home)
    permit.require([_aim(read_records({about}, core.ports)[about], strongest, core.bundle, core.home)])


def _aim(record: ObjectRecord, intent: Intent, bundle: Bundle, home: Home) -> Target:
    service, tier = classify(record.labels, bundle)
    return Target(show_object(record.id, home), intent, tier, service, record.id.kind)


def _aim_at_nothing(workflow: str, bundle: Bundle) -> Target:
    """What locks nothing belongs to no service; its intent is the strongest of its atoms."""
    found = bundle.workflows.get(workflow)
    intents = [bundle.atoms[name].intent for name in (found.atoms if found else ()) if name in bundle.atoms]
    strongest = max(intents, key=lambda one: one.rank, default=Intent.OBSERVE)
    return Target(f"with {workflow}", strongest, None, None, None)
