"""What happened, in a few lines: what broke, what was done, who was refused and why, and how it ended."""

from collections.abc import Iterator

from chalicelib.control.lifecycle import DispatchState
from infra.demo.play import Scene
from infra.demo.watcher import short, subject_of


def summarize(scene: Scene) -> Iterator[str]:
    """Give the lines, from what Interlock recorded."""
    yield "Summary, from the dispatch records:"
    for row in scene.watcher.list_rows():
        subject = subject_of(row)
        name = scene.timeline.names.get(subject, subject)
        who = row.get("request", {}).get("principal", "").rpartition("/")[2] or f"rule {row['rule']}"
        what = f"{who}: {row.get('workflow') or row['action']}"
        steps = scene.watcher.list_states_entered(row) if row["state"] != DispatchState.REJECTED else []
        path = f" ({' > '.join(steps)})" if steps else ""
        why = f"; {row['reason']}" if row.get("blockers") else ""
        promoted = "; waited, then started" if row.get("promoted_at") else ""
        yield f"  {short(row['id'])}  {name:<13} {what} -> {row['state']}{path}{promoted}{why}"
    yield ""
