"""How `explain` and `decide` show what became of an event."""

from collections.abc import Iterator
from typing import Any

from infra.cli.listing import show_time

Json = dict[str, Any]
_MARKS = {True: "yes", False: "no", None: "failed"}


def render_explanation(found: Json) -> list[str]:
    """Give the lines: each decision with its trials and what blocked it, then the rules that were not decided."""
    lines = [f"event {found['event_id']}: {_count(found)}"]
    lines += [f"  {cause}" for cause in found["causes"]]
    for decision in found["decisions"]:
        lines += ["", *_render_decision(decision)]
    if found["missed"] is None:
        lines += ["", "The event itself is not kept, so the other rules cannot be explained: give it with --event."]
    elif found["missed"]:
        lines += ["", f"not decided, by bundle {found['bundle_version']}:"]
        width = max(len(one["rule"]) for one in found["missed"])
        lines += [f"  {one['rule'].ljust(width)}  {one['reason']}" for one in found["missed"]]
    return lines


def _count(found: Json) -> str:
    number = len(found["decisions"])
    if found["outcome"] != "verdicts":
        return str(found["outcome"])
    return "1 decision" if number == 1 else f"{number} decisions"


def _render_decision(decision: Json) -> Iterator[str]:
    about = decision["object"] or "no single object"
    yield f"{decision['rule']} on {about} ({decision['service'] or 'no service'}, tier {decision['tier']})"
    for trial in decision["trials"]:
        name = "match" if trial["branch"] is None else f"branch {trial['branch'] + 1}"
        name = f"rung {trial['rung']}" if trial.get("rung") else name
        yield f"  {name}: {_MARKS[trial['result']]}: {trial['reason']}"
    yield f"  => {decision['verdict']}: {_describe_deed(decision)}: {decision['reason']}"
    if decision["input"]:
        yield f"  input: {', '.join(f'{name}={value}' for name, value in decision['input'].items())}"
    if decision["batches"]:
        yield from (f"  {line}" for line in list_batches(decision["batches"]))
    for lock in decision["locks"]:
        yield f"  lock: {lock['object']} ({lock['intent']})"
    for blocker in decision["blockers"]:
        yield f"  blocked: {blocker['reason']}: {blocker['verb']}"
    at = show_time(decision["created_at"])
    yield f"  {decision['state']}, decided {at} by bundle {decision['bundle_version']}, dispatch {decision['id']}"


def list_batches(batches: Json) -> Iterator[str]:
    """Tell the batches of a campaign, the arithmetic behind them, and how far it is."""
    sizes = ", ".join(map(str, batches["sizes"]))
    yield f"batches: {batches['targets']} targets in batches of {sizes}"
    yield from (f"bound: {one}" for one in batches["arithmetic"])
    yield f"stops: once more than {batches['stop_failures']} have failed"
    yield f"progress: batch {batches['open']} of {len(batches['sizes'])}, {batches['done']} done, {batches['failed']} failed"
    yield from (f"left out: {one['object']}: {one['reason']}" for one in batches["left_out"])
    if (more := batches["left_out_count"] - len(batches["left_out"])) > 0:
        yield f"left out: {more} more"


def _describe_deed(decision: Json) -> str:
    detail = {"run": decision["workflow"], "page": decision["page"]}.get(decision["action"])
    return f"{decision['action']} {detail}" if detail else str(decision["action"])
