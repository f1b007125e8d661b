"""States that each execution of the demo enters, against the logical steps of its workflow: target none beyond."""

import io
import json
from typing import Any

from rich.console import Console

from infra.build import build_project
from infra.demo.play import play
from infra.demo.stage import set_stage
from infra.project import find_project


def measure() -> dict[str, Any]:
    """Play the demo, and count."""
    project = find_project()
    workflows = build_project(project).bundle.workflows
    with set_stage(project, Console(file=io.StringIO()), broken=False) as scene:
        play(scene)
        rows = [row for row in scene.watcher.list_rows() if row["state"] == "succeeded"]
        entered = [(row["workflow"], len(scene.watcher.list_states_entered(row))) for row in rows]
    return {
        "executions": [
            {"workflow": name, "states_entered": count, "logical_steps": workflows[name].logical_steps}
            for name, count in entered
        ],
        "states_beyond_the_steps": sum(count - workflows[name].logical_steps for name, count in entered),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
