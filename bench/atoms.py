"""What an atom costs: instructions to be ready, size of the package, and what adding one touches."""

import json
import statistics
import subprocess
from pathlib import Path
from typing import Any

from bench.imports import count_instructions
from chalicelib.atoms.registry import MODULES

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
        "files_to_add_one": "1 module, 1 registry line, 1 scenario, 1 unit test, 1 story or none",
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
