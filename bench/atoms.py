"""What an atom costs: instructions to be ready, size of the package, and what adding one touches."""

import json
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench.imports import count_instructions
from chalicelib.atoms.registry import MODULES
from infra.project import Project, find_project
from infra.scaffold.create import create_atom

_READY = """
from chalicelib.entry.atom_handlers import build_handler
from chalicelib.wiring.atoms import warm_clients
from chalicelib.atoms.registry import get_atom
get_atom({name!r})
"""
_SHARED = {"pydantic": "import pydantic", "botocore": "from botocore.session import Session"}


def count_lines(name: str) -> int:
    return len((Path(*MODULES[name].split(".")).with_suffix(".py")).read_text().splitlines())


def time_imports() -> dict[str, int]:
    """Give each atom's own import time over what all atoms share, in microseconds, as Python itself reports it."""
    found = {}
    for name, module in MODULES.items():
        code = f"import chalicelib.wiring.atoms, time; t = time.perf_counter_ns(); import {module}; "
        code += "print((time.perf_counter_ns() - t) // 1000)"
        done = subprocess.run([".venv/bin/python", "-c", code], check=True, capture_output=True, text=True)
        found[name] = int(done.stdout)
    return found


def count_own() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return count_added(Project(find_project().root, Path(folder)))


def count_added(project: Project) -> dict[str, Any]:
    """Let `interlock new atom` write one into a copy, and count what it wrote and what it changed."""
    with tempfile.TemporaryDirectory() as folder:
        target = project if project.content is not None else Project(Path(folder))
        registry = Path("chalicelib", "atoms", "registry.py")
        before = (project.root / registry).read_text()
        if project.content is None:
            (target.root / registry).parent.mkdir(parents=True)
            (target.root / registry).write_text(before)
        written = {path: path.read_text() for path in create_atom(target, "acm.renew")}
    changed = {
        path.name: text.count("\n") - before.count("\n") for path, text in written.items() if path.name == registry.name
    }
    code = {
        path.name: text.count("\n")
        for path, text in written.items()
        if path.name not in {*changed, "__init__.py", "conftest.py"}
    }
    return {"files written, lines": code, "files changed, lines": changed}


def measure() -> dict[str, Any]:
    own = time_imports()
    order = sorted(own, key=lambda name: own[name])
    floor = count_instructions("pass")
    counts = {name: count_instructions(_READY.format(name=name)) for name in (order[0], order[-1])}
    shared = {name: count_instructions(code) for name, code in _SHARED.items()}
    lines = [count_lines(name) for name in MODULES]
    return {
        "atoms": len(MODULES),
        "cheapest": order[0],
        "dearest": order[-1],
        "million_instructions_ready_over_the_interpreter": {
            name: round((count - floor) / 1e6) for name, count in (*counts.items(), *shared.items())
        },
        "dearest_to_cheapest": round(counts[order[-1]] / counts[order[0]], 3),
        "lines_of_an_atom": {"least": min(lines), "median": statistics.median(lines), "most": max(lines)},
        "to_add_one": {"to the library": count_added(Project(find_project().root)), "as one's own": count_own()},
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
