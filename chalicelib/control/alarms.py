"""Paging about Interlock itself: a rule that cannot be decided, and a chain of events that is too long. Once for each.

A rule that is wrong is wrong for every event it matches. So whoever is paged is told once for each rule and bundle, and
once for each root event of a chain: a row says so, written with the decision that pages, and only if it was not there.
"""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.catalog.model import Bundle, RuleMode
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Plan
from chalicelib.control.records import ROW_VERSION, expire_at, render_time
from chalicelib.control.transaction import Absent, Item, Key, Put
from chalicelib.decision.model import Action, Decision
from chalicelib.decision.tiers import find_page
from chalicelib.identity import digest


def find_alarm(decision: Decision, state: DispatchState) -> Key | None:
    """Say where it is noted that somebody was told; None if there is nothing to tell."""
    told_otherwise = decision.request is not None or decision.member_of is not None
    if decision.mode is not RuleMode.ACTIVE or told_otherwise:
        return None
    if decision.action is Action.HELD:
        return Key(f"alarm#{digest(['held', decision.root_id])}", "alarm")
    if state is DispatchState.UNDECIDED:
        return Key(f"alarm#{digest(['undecided', decision.rule, decision.bundle_version])}", "alarm")
    return None


def raise_alarm(
    made: Plan, decision: Decision, key: Key, known: Mapping[Key, Item | None], bundle: Bundle, now: datetime
) -> Plan:
    """Have the decision page, unless somebody was told already, or nobody is named."""
    rule = bundle.find_rule(decision.rule)
    person = find_page(rule, decision.service, decision.tier, bundle).value
    if known.get(key) is not None or person is None:
        return made
    what = "was held" if decision.action is Action.HELD else "could not be decided"
    text = f"rule {decision.rule} {what}: {made.reason}"
    told = {"v": ROW_VERSION, "dispatch": made.id, "alarm": text, "at": render_time(now), "ttl": expire_at(now)}
    return made._replace(
        record={**made.record, "page": person, "alarm": text},
        windows=(*made.windows, Put(key, told, (Absent(),))),
        owes_page=True,
    )
