"""What a shadow rule would have done, beside what was done to the same object. Pure: dispatches as the API gives them."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

Json = dict[str, Any]
SAME, OTHER, NOTHING = "the same was done", "something else was done", "nothing was done"
ACTS = "acts"
_STOPPED = {
    "held": "be held in a storm",
    "deduplicated": "be deduplicated",
    "accumulated": "wait for more events",
    "dropped": "be dropped, as it did not stay so",
    "settling": "settle, and still does",
}
"""What a decision would have come to that one of the rule's windows stops."""
_NOT_DONE = frozenset(
    {
        "shadowed", "ignored", "undecided", "rejected", "held", "cancelled", "expired", "superseded", "retired",
        "deduplicated", "accumulated", "settling", "dropped",
    }
)  # fmt: skip


class Comparison(NamedTuple):
    """One decision of the shadow rule."""

    dispatch: str
    object: str
    at: str
    would: str
    finding: str
    done: tuple[str, ...]
    """What was done instead or as well, each with who did it and how it ended."""


def compare(shadow: Json, others: Iterable[Json], within: timedelta) -> Comparison:
    """Compare a shadow decision with what else was decided about its object from then on, within a time."""
    at = datetime.fromisoformat(shadow["created_at"])
    near = [
        one
        for one in others
        if one["id"] != shadow["id"]
        and one["state"] not in _NOT_DONE
        and timedelta(0) <= datetime.fromisoformat(one["created_at"]) - at <= within
    ]
    acts = shadow["shadow"] == ACTS
    same = acts and any(_name(one) == _name(shadow) for one in near)
    done = tuple(f"{_name(one)} by {one['rule']}: {one['state']}" for one in near)
    finding = SAME if same else OTHER if near else NOTHING
    return Comparison(shadow["id"], shadow["object"] or "", shadow["created_at"], _would(shadow), finding, done)


def summarize(found: Iterable[Comparison]) -> list[tuple[str, str, int]]:
    """Give (what the rule would have done, what was done, how often), the most frequent first."""
    counts = Counter((one.would, one.finding) for one in found)
    return [
        (would, finding, count) for (would, finding), count in sorted(counts.items(), key=lambda one: (-one[1], one))
    ]


def _name(row: Json) -> str:
    return row["workflow"] or ("page" if row["state"] == "paged" or row.get("page") else "nothing")


def _would(shadow: Json) -> str:
    if shadow["shadow"] in _STOPPED:
        return _STOPPED[shadow["shadow"]]
    detail = {"run": shadow["workflow"], "page": shadow["page"]}.get(shadow["action"])
    return f"{shadow['action']} {detail}" if detail else str(shadow["action"])
