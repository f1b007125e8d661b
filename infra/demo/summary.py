"""What happened, in a few sentences: what broke, what was done, who was refused and why, and how it ended."""

from collections.abc import Iterator

from chalicelib.control.lifecycle import DispatchState
from infra.demo.play import Scene
from infra.demo.signs import name_asker, short, subject_of


def summarize(scene: Scene) -> Iterator[str]:
    """Give the lines, from what Interlock recorded."""
    rows = scene.watcher.list_rows()
    for row in rows:
        steps = scene.watcher.list_states_entered(row) if row["state"] != DispatchState.REJECTED else []
        path = f": {' > '.join(steps)}" if steps else ""
        waited = (
            "; it waited, because " + "; ".join(one["reason"] for one in row["blockers"])
            if row.get("promoted_at")
            else ""
        )
        refused = f", because {row['reason']}" if row["state"] in {DispatchState.REJECTED, DispatchState.QUEUED} else ""
        about = f" on {subject_of(row)}" if row.get("object") else ""
        what = f"{name_asker(row)} wanted {row.get('workflow') or row['action']}{about}"
        yield f"  {short(row['id'])}  {what}: {row['state']}{path}{waited}{refused}"
