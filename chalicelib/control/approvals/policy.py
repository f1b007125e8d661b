"""Which plans need people's approval before they may start: the first line that fits.

Those of the control file come first, then what rules, services and tiers say, as the compiler has put it in order.
"""

from collections.abc import Iterable

from chalicelib.catalog.model import ApprovalLine, Intent
from chalicelib.control.model import Lock
from chalicelib.decision.model import Decision


def find_line(lines: Iterable[ApprovalLine], decision: Decision, locks: Iterable[Lock]) -> ApprovalLine | None:
    """Give the line that a plan falls under, None if it may start by itself.

    A plan's intent is the strongest of its locks. What only observes changes nothing, and needs nobody.
    """
    strongest = max((lock.intent for lock in locks), key=lambda intent: intent.rank, default=Intent.OBSERVE)
    if strongest is Intent.OBSERVE:
        return None
    line = next((one for one in lines if _fits(one, decision, strongest)), None)
    return line if line is not None and line.approvers else None


def explain_line(line: ApprovalLine) -> str:
    """Say who has to approve."""
    people = ", ".join(line.approvers)
    asks = f"{line.said_by} asks for" if line.said_by else "it needs"
    return f"{asks} the approval of {line.need if line.need > 1 else 'one'} of: {people}"


def _fits(line: ApprovalLine, decision: Decision, intent: Intent) -> bool:
    return (
        (not line.tiers or decision.tier in line.tiers)
        and (not line.services or decision.service in line.services)
        and (not line.intents or intent in line.intents)
        and (not line.rules or decision.rule in line.rules)
        and (not line.workflows or decision.workflow in line.workflows)
    )
