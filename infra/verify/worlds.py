"""Every world that `interlock verify` explores, by size."""

from collections.abc import Mapping

from chalicelib.catalog.model import Verb
from infra.verify.policy import (
    AGAIN_THEN_PAGE,
    BOTH_OF_TWO,
    DOWN,
    EITHER,
    HALF,
    HOUR_S,
    HOURLY,
    HOURLY_HOST,
    ONE,
    TWO,
    UP,
    Policy,
)
from infra.verify.scenario import Scenario, Wish

_ONE = (Wish("e1", "A"),)
_TWO = (*_ONE, Wish("e2", "A"))
_BELOW = (*_ONE, Wish("e7", "S"))
_THREE = (*_TWO, Wish("e3", "AB"))
_ASIDE = (Wish("e1", "A"), Wish("e4", "B"))
_CROSSED = (Wish("e1", "AB"), Wish("e2", "A"), Wish("e3", "B", "P0"))
_STOPPED = (Wish("e1", "A", state=DOWN),)
_BACK = (*_STOPPED, Wish("e2", "A", state=UP))
_AGAIN = (*_BACK, Wish("e3", "A", state=DOWN))


def _name(
    wishes: tuple[Wish, ...],
    faults: Mapping[str, int],
    policy: Policy = Policy(),  # noqa: B008 - it is immutable
    *,
    held: str = "drop",
    moments: tuple[int, ...] = (),
) -> Scenario:
    wanted = " ".join(f"{wish.objects} {wish.state}".strip() for wish in wishes)
    wanted += f" with {'rate' if policy.budget.within_s else 'budget'} {policy.budget.name}" if policy.budget else ""
    wanted += " with undo" if policy.undoes else ""
    wanted += f" by {policy.verb}" if policy.verb is not Verb.QUEUE else ""
    wanted += f" approved by {policy.approval.need}" if policy.approval else ""
    wanted += " with ladder" if policy.ladder else ""
    wanted += " settling" if policy.settle_s else ""
    wanted += " kept" if held == "queue" else ""
    told = (f"{count} {name}" if count > 1 else name for name, count in faults.items())
    return Scenario(f"{wanted}: {', '.join(told) or 'no fault'}", wishes, faults, policy, held, moments)


_HOUR = (0, HOUR_S)
_FREEZE_OVER = (0, 8000)
_LATE = (0, 3700)
_GRACE = (0, 90, 2000)
_DEADLINE = (0, 2000)
_SETTLED = (0, 200)
_ASKED, _ASKED_TWICE = Policy(approval=EITHER), Policy(approval=BOTH_OF_TWO)
_RATED, _LADDER, _SETTLING = Policy(HOURLY), Policy(ladder=AGAIN_THEN_PAGE), Policy(settle_s=90)

_PROTOCOL = (
    _name(_THREE, {"crash": 1}),
    _name(_THREE, {"fail": 1, "lost": 1}),
    _name(_CROSSED, {"abandon": 1}),
    _name(_TWO, {"tick": 1}),
    _name(_ONE, {"crash": 2, "tick": 1}),
    _name(_TWO, {"duplicate": 1, "fail": 1}),
    _name(_TWO, {"running": 1, "crash": 1, "lost": 1}),
    _name(_TWO, {"cancel": 1, "crash": 1}),
    _name(_TWO, {"break": 1}),
    _name(_ONE, {"break": 1, "crash": 1, "lost": 1}),
    _name(_TWO, {"late": 1}),
    _name(_TWO, {"deploy": 1, "abandon": 1}),
    _name(_TWO, {"break": 1, "fail": 1}, Policy(undoes=True)),
    _name(_ONE, {"break": 1, "crash": 1, "fail": 1, "lost": 1}, Policy(undoes=True)),
    _name(_TWO, {}, Policy(verb=Verb.REPLACE)),
    _name(_TWO, {}, Policy(undoes=True, verb=Verb.REPLACE)),
    _name(_THREE, {}, Policy(verb=Verb.COALESCE)),
    _name(_TWO, {"crash": 1, "fail": 1}, Policy(verb=Verb.COALESCE)),
)
_CLAIMS = (
    _name((*_ASIDE, Wish("e2", "A")), {}, Policy(ONE)),
    _name(_ASIDE, {"crash": 1, "fail": 1}, Policy(ONE)),
    _name(_ASIDE, {"duplicate": 1}, Policy(ONE)),
    _name(_ASIDE, {"cancel": 1}, Policy(ONE)),
    _name((*_ASIDE, Wish("e6", "Y")), {"shrink": 1}, Policy(HALF)),
    _name((*_BELOW, Wish("e4", "B")), {}, Policy(covers=True)),
    _name(_BELOW, {"crash": 1, "fail": 1}, Policy(covers=True)),
    _name(_BELOW, {"duplicate": 1}, Policy(covers=True)),
    _name(_BELOW, {"cancel": 1}, Policy(covers=True)),
    _name((*_ASIDE, Wish("e6", "Y")), {}, _RATED, moments=_LATE),
    _name(_ASIDE, {"crash": 1}, _RATED, moments=_LATE),
    _name(_ASIDE, {"tick": 2}, _RATED, moments=(0, 1800, 3700)),
    _name(_TWO, {"tick": 1}, Policy(HOURLY_HOST), moments=_LATE),
)
_WAITING = (
    _name(_ONE, {"yes": 1, "no": 1, "crash": 1}, _ASKED, moments=_HOUR),
    _name(_ONE, {"yes": 1, "tick": 1}, _ASKED, moments=_HOUR),
    _name(_ONE, {"yes": 1, "deploy": 1, "crash": 1}, _ASKED, moments=_HOUR),
    _name(_ONE, {"yes": 1, "cancel": 1}, _ASKED, moments=_HOUR),
    _name(_ONE, {"yes": 1, "freeze": 1, "deploy": 1}, _ASKED, moments=_FREEZE_OVER, held="queue"),
    _name(_ONE, {"yes": 2, "crash": 1}, _ASKED_TWICE, moments=_HOUR),
    _name(_TWO, {"yes": 2}, _ASKED, moments=_HOUR),
    _name(_TWO, {"freeze": 1, "crash": 1}),
    _name(_TWO, {"freeze": 1, "unfreeze": 1, "crash": 1}),
    _name(_TWO, {"freeze": 1, "unfreeze": 1}, held="queue"),
    _name(_ONE, {"freeze": 2, "unfreeze": 1, "tick": 1}, held="queue", moments=_FREEZE_OVER),
    _name(_ONE, {"freeze": 1, "crash": 1, "tick": 1}, held="queue", moments=_FREEZE_OVER),
    _name(_STOPPED, {"fail": 1, "crash": 1}, _LADDER, moments=_GRACE),
    _name(_STOPPED, {"fail": 1, "duplicate": 1}, _LADDER, moments=_GRACE),
    _name(_BACK, {"fail": 1, "lost": 1}, _LADDER, moments=_GRACE),
    _name(_STOPPED, {"tick": 1}, _LADDER, moments=_DEADLINE),
    _name(_STOPPED, {"crash": 1, "tick": 1}, _SETTLING, moments=_SETTLED),
    _name(_BACK, {"lost": 1, "tick": 1}, _SETTLING, moments=_SETTLED),
    _name(_AGAIN, {}, _SETTLING, moments=_SETTLED),
    _name(_STOPPED, {"duplicate": 1, "cancel": 1}, _SETTLING, moments=_SETTLED),
    _name((*_STOPPED, Wish("e3", "A", state=DOWN)), {}, _SETTLING, moments=_SETTLED),
)
SCENARIOS = (*_PROTOCOL, *_CLAIMS, *_WAITING)
"""What `interlock verify` explores: every interleaving, under a minute in all."""

FULL = (
    _name(_TWO, {"crash": 1, "tick": 1}),
    _name(_TWO, {"break": 1, "crash": 1}),
    _name(_ONE, {"yes": 1, "freeze": 1, "deploy": 1, "tick": 1}, _ASKED, moments=_FREEZE_OVER, held="queue"),
    _name(_ONE, {"yes": 1, "crash": 1, "tick": 1}, _ASKED, moments=_HOUR),
    _name(_ONE, {"yes": 2, "no": 1}, _ASKED_TWICE, moments=_HOUR),
    _name(_ONE, {"yes": 2, "tick": 1}, _ASKED_TWICE, moments=_HOUR),
    _name(_ASIDE, {"yes": 2}, Policy(ONE, approval=EITHER), moments=_HOUR),
    _name(_TWO, {"freeze": 1, "tick": 1}, held="queue", moments=_FREEZE_OVER),
    _name(_STOPPED, {"tick": 1, "fail": 1}, _LADDER, moments=_DEADLINE),
    _name(_STOPPED, {"tick": 2}, _LADDER, moments=_GRACE),
    _name(_BACK, {"fail": 1, "crash": 1}, _LADDER, moments=_GRACE),
    _name(_BACK, {"tick": 1}, _LADDER, moments=_DEADLINE),
    _name(_THREE, {"tick": 1}),
    _name(_THREE, {"cancel": 1}),
    _name(_THREE, {"duplicate": 1}),
    _name(_CROSSED, {"crash": 1, "fail": 1}),
    _name(_TWO, {"crash": 1, "tick": 1, "fail": 1, "lost": 1}),
    _name(_TWO, {"running": 1, "crash": 1, "duplicate": 1}),
    _name(_TWO, {"late": 1, "crash": 1}),
    _name(_TWO, {"cancel": 1, "tick": 1}),
    _name(_TWO, {"break": 1, "crash": 1}, Policy(undoes=True)),
    _name(_ONE, {"break": 1, "crash": 1, "fail": 1, "tick": 1, "lost": 1}, Policy(undoes=True)),
    _name(_TWO, {"break": 1, "fail": 1, "duplicate": 1}, Policy(undoes=True)),
    _name(_TWO, {"crash": 1}, Policy(verb=Verb.REPLACE)),
    _name(_TWO, {"crash": 1}, Policy(undoes=True, verb=Verb.REPLACE)),
    _name(_ONE, {"break": 2, "crash": 1, "fail": 1, "duplicate": 1}, Policy(undoes=True)),
    _name(_ASIDE, {"cancel": 1, "crash": 1}, Policy(ONE)),
    _name(_ASIDE, {"duplicate": 1, "cancel": 1}, Policy(ONE)),
    _name((*_ASIDE, Wish("e2", "A"), Wish("e6", "Y")), {}, Policy(TWO)),
)
"""What `interlock verify --size full` explores besides: minutes, and gigabytes of memory."""
