"""Shows the difference between two versions of the policies: for a terminal, for scripts, for a pull request."""

from typing import Any

from infra.offline.backtest import Diff, list_deltas, list_kept_back
from infra.offline.running import Breach


def summarize(diff: Diff) -> str:
    """Say it in one sentence, such as `12 fewer run host_reboot, 3 more page sre-oncall`."""
    parts = [
        f"{abs(after - before)} {'more' if after > before else 'fewer'}: {deed}"
        for deed, before, after in list_deltas(diff)
    ]
    parts += [
        f"{abs(after - before)} {'more' if after > before else 'fewer'}: {_name(breach)}"
        for breach, before, after in list_kept_back(diff)
        if before != after
    ]
    changed = sum(diff.changes.values())
    if not parts:
        return "No decision differs." if not changed else f"{changed} decision(s) differ, each deed as often as before."
    return f"{'; '.join(parts)}."


def render_text(diff: Diff) -> list[str]:
    """Give the lines for a terminal."""
    lines = [_count(diff), summarize(diff)]
    for change, count in _sort(diff):
        lines += ["", f"{count} x {change.rule}: {change.before} -> {change.after}"]
        for one in diff.examples[change]:
            lines.append(f"    {one.object or '-'}, event {one.event}")
            lines += [f"      {name}: {reason}" for name, reason in (("old", one.before), ("new", one.after)) if reason]
    found = list(list_kept_back(diff))
    if found:
        lines += ["", "What control would have said to what is not started at once (old, new):"]
    for breach, before, after in found:
        lines.append(f"  {_name(breach)}: {before}, {after}")
        for one in diff.kept_back_at.get(breach, ()):
            words = " / ".join(f"{name}: {said}" for name, said in (("old", one.before), ("new", one.after)) if said)
            lines.append(f"    {one.object or '-'}, event {one.event}: {words}")
    return lines


def render_markdown(diff: Diff) -> list[str]:
    """Give the lines of a comment for a pull request."""
    lines = ["### Decisions over recorded events", "", f"**{_escape(summarize(diff))}** {_count(diff)}"]
    if diff.changes:
        lines += ["", "| rule | before | after | events | for example |", "|---|---|---|---:|---|"]
    for change, count in _sort(diff):
        example = diff.examples[change][0]
        where = f"`{_escape(example.object or '-')}` in event `{_escape(example.event)}`"
        cells = (f"`{change.rule}`", _escape(change.before), _escape(change.after), str(count), where)
        lines.append(f"| {' | '.join(cells)} |")
    found = list(list_kept_back(diff))
    if found:
        lines += ["", "| control would have said | before | after | for example |", "|---|---:|---:|---|"]
    for breach, before, after in found:
        examples = diff.kept_back_at.get(breach, ())
        where = (
            f"`{_escape(examples[0].object)}`: {_escape(examples[0].after or examples[0].before)}" if examples else ""
        )
        lines.append(f"| {_escape(_name(breach))} | {before} | {after} | {where} |")
    return lines


def list_diff(diff: Diff) -> dict[str, Any]:
    """Give all of it as JSON values."""
    return {
        "events": diff.events,
        "scheduled": diff.scheduled,
        "matched": diff.matched,
        "malformed": diff.malformed,
        "forgotten_objects": diff.forgotten,
        "forgotten_windows": diff.forgotten_windows,
        "summary": summarize(diff),
        "deeds": [{"deed": deed, "before": before, "after": after} for deed, before, after in list_deltas(diff)],
        "kept_back": [
            {
                **breach._asdict(),
                "before": before,
                "after": after,
                "examples": [one._asdict() for one in diff.kept_back_at.get(breach, ())],
            }
            for breach, before, after in list_kept_back(diff)
        ],
        "changes": [
            {**change._asdict(), "count": count, "examples": [one._asdict() for one in diff.examples[change]]}
            for change, count in _sort(diff)
        ],
    }


def _name(breach: Breach) -> str:
    """Call it by a name, such as `budget breach service_disruption: queue`."""
    if breach.kind in {"freeze", "approval"}:
        return f"{breach.kind} {breach.verdict}"
    kind = "conflict" if breach.kind == "conflict" else f"{breach.kind} breach"
    return f"{kind}, {breach.name}: {breach.verdict}"


def _sort(diff: Diff) -> list[tuple[Any, int]]:
    return sorted(diff.changes.items(), key=lambda one: (-one[1], one[0]))


def _count(diff: Diff) -> str:
    times = f" and {diff.scheduled} time(s) of schedules" if diff.scheduled else ""
    text = f"{diff.events} event(s){times}, {diff.matched} matched a rule"
    text += f", {diff.malformed} could not be understood" if diff.malformed else ""
    text += f", {diff.forgotten} object(s) forgotten on the way" if diff.forgotten else ""
    text += f", {diff.forgotten_windows} window(s) forgotten on the way" if diff.forgotten_windows else ""
    return f"{text}."


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("`", "'").replace("<", "&lt;").replace("\n", " ")
