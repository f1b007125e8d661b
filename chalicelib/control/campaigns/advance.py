"""Campaigns: a decision about many targets, rolled out batch after batch, each target a dispatch of its own.

A campaign's row says which batch is open. Every step reads it, does a bounded amount of work that may be done twice,
and moves the row on if nobody else did. What takes a step is a message to oneself, a member's end, or reconcile: so a
crash anywhere is resumed by whichever comes next.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from chalicelib.catalog.model import Bundle, Goal, Intent, RuleMode
from chalicelib.control.approvals.approval import BATCH, ApprovalState, Question, Subject
from chalicelib.control.approvals.approve import tell_people, void_requests
from chalicelib.control.approvals.records import read_request, request_key, write_request
from chalicelib.control.campaigns.rows import (
    Progress,
    close,
    look_later,
    name_member,
    note_admitted,
    open_batch,
    pay,
    read_progress,
    wait_for_room,
)
from chalicelib.control.goals.goal import view_record
from chalicelib.control.intake import admit, read_records
from chalicelib.control.lifecycle import LIVE, DispatchState, Happening
from chalicelib.control.pages import publish_page
from chalicelib.control.ports import Ports
from chalicelib.control.queue.promote import promote
from chalicelib.control.records import MEMBERS_A_ROW, dispatch_key, members_key, read_time
from chalicelib.control.registry import read_kind
from chalicelib.control.settlement import leave_queue
from chalicelib.control.transaction import Committed, Item, Transaction
from chalicelib.decision.batching import parse_size
from chalicelib.decision.campaign import exceeds, explain_room
from chalicelib.decision.model import Action, Decision
from chalicelib.decision.targets import GONE
from chalicelib.identity import Home, digest, parse_object_id

SLICE = 20
"""How many targets one step hands to control: three AWS calls each, well within a function's time."""
LOOK_S = 300
"""How often reconcile looks at a campaign that nothing else moves."""
WAIT_S = 60
"""How often it is asked whether there is room for the next batch."""
DONE = frozenset({DispatchState.SUCCEEDED, DispatchState.SUPERSEDED, DispatchState.COALESCED})
"""Ends of a member that count as done. All others are failures: also a refusal, a freeze, and a waiter that gave up."""
DISRUPTIVE = Intent.DISRUPT.rank

Member = tuple[str, dict[str, object]]


class Stop(NamedTuple):
    """Why a campaign ends before its next batch."""

    happening: Happening
    reason: str


class Tally(NamedTuple):
    """How the targets of a batch that were handed to control stand."""

    live: int
    failed: int
    done: int
    waiting: tuple[str, ...]
    """Dispatches that wait in a queue."""


def advance(row: Item, ports: Ports, bundle: Bundle, *, hurried: bool = False) -> str:
    """Take one step of a campaign, and say what was done. A repeat does no harm.

    `hurried` looks no further than the first member that still runs: enough after a member that succeeded.
    """
    if row.get("batch_owed"):
        return _pay(row, ports, bundle)
    if row["state"] != DispatchState.ROLLING:
        return "nothing: it is over"
    seen = read_progress(row)
    tally = _count(row, seen, ports, hurried=hurried)
    if tally is None:
        return "its batch is under way"
    failed, done = seen.failed + tally.failed, seen.done + tally.done
    if exceeds(failed, seen.total, row["batches"]["stop_failures"]):
        allowed = row["batches"]["stop_failures"]
        reason = f"stopped in batch {seen.open} of {len(seen.sizes)}: {failed} of {seen.total} failed, {allowed} may"
        return _close(row, seen, Happening.STOPPED, reason, (failed, done), ports, bundle)
    if seen.admitted < seen.end:
        return _admit_slice(row, seen, ports, bundle)
    if tally.live:
        ports.store.commit(look_later(seen, ports.clock.now(), LOOK_S))
        return "its batch is under way"
    if seen.end == seen.total:
        return _finish(row, seen, (failed, done), ports, bundle)
    return _open_next(row, seen, (failed, done), ports, bundle)


def stop_campaign(row: Item, happening: Happening, reason: str, ports: Ports, bundle: Bundle, who: str = "") -> bool:
    """Begin no further batch, and take its waiting targets out of their queues; False if it had moved on meanwhile."""
    seen = read_progress(row)
    tally = _count(row, seen, ports, hurried=False) or Tally(0, 0, 0, ())
    counts = (seen.failed + tally.failed, seen.done + tally.done)
    return _close(row, seen, happening, reason, counts, ports, bundle, who) == reason


def read_members(campaign: str, start: int, end: int, ports: Ports) -> list[Member]:
    """Give the targets from one place to another, each with its input."""
    if start >= end:
        return []
    pages = range(start // MEMBERS_A_ROW, (end - 1) // MEMBERS_A_ROW + 1)
    rows = ports.store.read([members_key(campaign, page) for page in pages])
    found = [tuple(one) for page in pages for one in rows[members_key(campaign, page)]["members"]]
    first = pages[0] * MEMBERS_A_ROW
    return found[start - first : end - first]


def _count(row: Item, seen: Progress, ports: Ports, *, hurried: bool) -> Tally | None:
    """Count the open batch; None if one of it still runs, that was enough to know."""
    live, failed, done = 0, 0, 0
    waiting: list[str] = []
    for states in _read_states(row, seen, ports):
        for dispatch, state in states:
            live += state in LIVE
            done += state in DONE
            failed += state not in LIVE and state not in DONE
            if state is DispatchState.QUEUED:
                waiting.append(dispatch)
        if hurried and live:
            return None
    return Tally(live, failed, done, tuple(waiting))


def _read_states(row: Item, seen: Progress, ports: Ports) -> Iterator[list[tuple[str, DispatchState]]]:
    # A step that was cut off may have handed over more than it noted.
    end = min(seen.admitted + SLICE, seen.end)
    for start in range(seen.start, end, MEMBERS_A_ROW):
        members = read_members(row["id"], start, min(start + MEMBERS_A_ROW, end), ports)
        names = [name_member(row, seen.open, about) for about, _ in members]
        rows = ports.store.read([dispatch_key(name) for name in names])
        yield [(name, DispatchState(rows[dispatch_key(name)]["state"])) for name in names if dispatch_key(name) in rows]


def _admit_slice(row: Item, seen: Progress, ports: Ports, bundle: Bundle) -> str:
    end = min(seen.end, seen.admitted + SLICE)
    members = read_members(row["id"], seen.admitted, end, ports)
    views = read_records({parse_object_id(about, _NOWHERE) for about, _ in members}, ports)
    verdicts = []
    for about, given in members:
        view = view_record(views[parse_object_id(about, _NOWHERE)], bundle)
        decision = Decision(
            id=name_member(row, seen.open, about),
            event_id=row["event_id"],
            root_id=row["root_id"],
            hops=row["hops"],
            rule=row["rule"],
            mode=RuleMode.ACTIVE,
            home=view.id.home,
            object=view.id,
            action=Action.RUN,
            reason=f"in batch {seen.open} of {len(seen.sizes)} of {row['id']}",
            tier=view.tier,
            service=view.service,
            trials=(),
            goal=Goal(row["goal"]["until"], row["goal"]["within_s"]) if row.get("goal") else None,
            bundle_version=bundle.version,
            decided_at=ports.clock.now(),
            workflow=row["workflow"],
            input=given,
            member_of=(row["id"], seen.open),
        )
        verdicts.append(admit(decision, bundle, ports))
    ports.store.commit(note_admitted(seen, end, ports.clock.now(), LOOK_S))
    if end < seen.end or not any(one.state in LIVE for one in verdicts):
        ports.delays.send(row["id"], 0)
    return f"handed {len(members)} targets of batch {seen.open} to control"


def _open_next(row: Item, seen: Progress, counts: tuple[int, int], ports: Ports, bundle: Bundle) -> str:
    now = ports.clock.now()
    workflow = bundle.workflows.get(row["workflow"])
    if workflow is None or workflow.hash != row["workflow_hash"]:
        reason = f"stopped before batch {seen.open + 1}: {row['workflow']} was changed after the batches were made"
        return _close(row, seen, Happening.STOPPED, reason, counts, ports, bundle)
    approved = _ask(row, seen, ports)
    if isinstance(approved, Stop):
        return _close(row, seen, approved.happening, approved.reason, counts, ports, bundle)
    if approved is None:
        return f"asks before batch {seen.open + 1}"
    lack = _find_lack(row, seen, ports, bundle)
    if lack is not None:
        waited = now - read_time(max(row["batch_since"], approved))
        if waited > timedelta(seconds=row["batches"]["progress_deadline_s"]):
            reason = f"stopped before batch {seen.open + 1}, which found no room for too long: {lack}"
            return _close(row, seen, Happening.STOPPED, reason, counts, ports, bundle)
        ports.store.commit(wait_for_room(seen, f"batch {seen.open + 1} waits: {lack}", now, WAIT_S))
        return f"waits: {lack}"
    if not isinstance(ports.store.commit(open_batch(seen, *counts, now, LOOK_S)), Committed):
        return "nothing: somebody else moved it on"
    opened = seen._replace(open=seen.open + 1, failed=counts[0], done=counts[1])
    return _admit_slice(row, opened, ports, bundle)


def _ask(row: Item, seen: Progress, ports: Ports) -> str | Stop | None:
    """Say since when people have nothing against the next batch; None while they are asked, Stop if they have.

    What they are asked names the plan's hash, so a yes is to these targets in these batches, and to no others.
    """
    pause = row["batches"]["pause_for_approval"]
    if not seen.open or pause == "never" or (pause == "first" and seen.open > 1):
        return ""
    batch, now = seen.open + 1, ports.clock.now()
    key = request_key(row["id"], f"{BATCH}{batch}")
    item = ports.store.read([key]).get(key)
    if item is None:
        asks = f"batch {batch} of {len(seen.sizes)}: {seen.sizes[seen.open]} of {seen.total} targets; {row['why']}"
        said = row["batches"]["approval"]
        question = Question(tuple(said["approvers"]), said["need"], asks, said["expires_s"], "reject", "reject")
        subject = Subject(row["id"], f"{BATCH}{batch}", "", row["workflow"], row["object"])
        ports.store.commit(
            Transaction((write_request(subject, question, digest([row["plan_hash"], str(batch)]), now),))
        )
        item = ports.store.read([key])[key]
    found = read_request(item)
    if found.unannounced:
        tell_people(found, ports)
    if found.state is ApprovalState.APPROVED:
        return found.closed_at
    if found.state is ApprovalState.PENDING:
        people = ", ".join(found.question.approvers)
        ports.store.commit(wait_for_room(seen, f"batch {batch} waits for the approval of {people}", now, LOOK_S))
        return None
    happening = Happening.CANCELLED if found.state is ApprovalState.REJECTED else Happening.STOPPED
    return Stop(happening, f"stopped before batch {batch}: {found.reason}")


def _find_lack(row: Item, seen: Progress, ports: Ports, bundle: Bundle) -> str | None:
    """Say which service has no room for the next batch: too many are down, or are being worked on."""
    bounds = row["batches"]["bounds"]
    if not bounds:
        return None
    size = seen.sizes[seen.open]
    wanted = {about for about, _ in read_members(row["id"], seen.end, seen.end + size, ports)}
    sizes, down, taken = dict.fromkeys(bounds, 0), dict.fromkeys(bounds, 0), dict.fromkeys(bounds, 0)
    for object_id, record in read_kind(row["batches"]["kind"], ports).items():
        view = view_record(record, bundle)
        name = view.service or ""
        if name not in bounds or view.state in GONE:
            continue
        disturbed = any(holder.intent.rank >= DISRUPTIVE for holder in record.holders)
        serves = view.state in row["batches"]["healthy"] and not disturbed
        sizes[name] += 1
        down[name] += not serves
        taken[name] += serves and str(object_id) in wanted
    for name, bound in bounds.items():
        if taken[name] and down[name] + taken[name] > parse_size(bound).count(sizes[name]):
            return f"{explain_room(name, bound, sizes[name], down[name])}; it would take {taken[name]}"
    return None


def _finish(row: Item, seen: Progress, counts: tuple[int, int], ports: Ports, bundle: Bundle) -> str:
    failed, done = counts
    left_out = row["batches"]["left_out_count"]
    reason = f"all {len(seen.sizes)} batches are over: {done} of {seen.total} done, {failed} failed"
    if left_out:
        return _close(row, seen, Happening.STOPPED, f"{reason}, {left_out} left out", counts, ports, bundle)
    return _close(row, seen, Happening.ROLLED_OUT, reason, counts, ports, bundle)


def _close(
    row: Item, seen: Progress, happening: Happening, reason: str, counts: tuple[int, int], ports: Ports, bundle: Bundle,
    who: str = "",
) -> str:  # fmt: skip
    ended = ports.store.commit(close(seen, happening, reason, counts, ports.clock.now(), taken_back=who))
    if not isinstance(ended, Committed):
        return "nothing: somebody else moved it on"
    key = dispatch_key(row["id"])
    _pay(ports.store.read([key])[key], ports, bundle)
    return reason


def _pay(row: Item, ports: Ports, bundle: Bundle) -> str:
    """Take the waiting targets of a campaign that is over out of their queues, and page if it did not get there."""
    seen = read_progress(row)
    tally = _count(row, seen, ports, hurried=False)
    for dispatch in tally.waiting if tally else ():
        key = dispatch_key(dispatch)
        waiter = ports.store.read([key])[key]
        left = ports.store.commit(
            leave_queue(waiter, Happening.CANCELLED, f"its campaign is over: {row['reason']}", ports.clock.now())
        )
        if isinstance(left, Committed):
            promote(dispatch, ports, bundle)
    if row["batches"]["approval"]:
        void_requests(row["id"], f"its campaign is over: {row['reason']}", ports)
    if row["state"] == DispatchState.FAILED:
        publish_page(row["id"], {**row, "page": row["batches"]["page"], "why": row["reason"]}, ports)
    ports.store.commit(pay(row, ports.clock.now()))
    return f"over: {row['reason']}"


_NOWHERE = Home("", "")
