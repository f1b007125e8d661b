"""Compilers of Step Functions machines from PyPI on a chain of calls with a retry each, in one run with ours.

Each peer runs in an environment of its own that uv makes and forgets, so none of them touches the project's lock. Given
are ratios to what PyYAML's C parser and json.dumps take for our document of as many steps; peers start from their own
language, or from Python objects that are made already, which is less work.
"""

import json
import subprocess
import sys
from typing import Any

from bench.compile import measure_text as measure_ours
from bench.compile import write_chain

SIZES = (10, 100, 1_000)
_TIMEOUT_S = 240
_TIMER = """
import json, sys, time
found = {}
for count in map(int, sys.argv[1:]):
    try:
        source = write(count)
        compile_(source)
        times, began = [], time.process_time()
        while time.process_time() - began < 0.3 or len(times) < 2:
            start = time.process_time()
            compile_(source)
            times.append(time.process_time() - start)
        found[count] = min(times)
    except BaseException as problem:
        found[count] = type(problem).__name__
print(json.dumps(found))
"""

_HEAVISIDE = """
import heaviside
def write(count):
    step = "Lambda('arn:aws:lambda:us-east-1:123456789012:function:f')\\n    retry 'States.Timeout' 2 3 2.0\\n"
    return 'version: "1.0"\\ntimeout: 60\\n' + step * count
compile_ = heaviside.compile
"""
_SFNX = """
from sfnx.compiler import definitions
def write(count):
    rows = [
        f"    r{n} = aws.optimized.lambda_.invoke(FunctionName='f', Payload=input, "
        "retry=[{'ErrorEquals': [Throttled], 'MaxAttempts': 3}])" for n in range(count)
    ]
    error = "class Throttled(Exception):\\n    pass\\n\\n"
    head = "from sfnx import aws, state_machine\\n\\n" + error + "@state_machine(timeout=60)\\ndef flow(input: dict):\\n"
    return head + "\\n".join(rows) + f"\\n    return r{count - 1}['Payload']\\n"
def compile_(source):
    return [json.dumps(one, indent=2) for one in definitions(source, "f.py", False).values()]
"""
_SDK = """
import logging, os
os.environ.pop("AWS_DEFAULT_REGION", None)
from stepfunctions.steps import Chain, Graph, Retry, Task
def write(count):
    return count
def compile_(count):
    steps = [Task(f"s{n}", resource="arn:aws:states:::lambda:invoke", parameters={"FunctionName": "f"}) for n in range(count)]
    for one in steps:
        one.add_retry(Retry(error_equals=["Throttled"], interval_seconds=2, max_attempts=3))
    return Graph(Chain(steps)).to_json(pretty=True)
"""
_PYSTEPFUNCTION = """
import json
from pystepfunction.branch import Branch
from pystepfunction.tasks import Retry, Task
def write(count):
    return count
def compile_(count):
    chain = None
    for n in range(count):
        one = Task(f"s{n}").with_retries([Retry(error_equals=["Throttled"], interval_seconds=2, max_attempts=3)])
        chain = one if chain is None else chain >> one
    return json.dumps(Branch(chain).to_asl(), indent=2)
"""

PEERS: dict[str, tuple[tuple[str, ...], str]] = {
    "heaviside 2.2.5": (("heaviside==2.2.5",), _HEAVISIDE),
    "sfnx 3.1.0": (("sfnx==3.1.0",), _SFNX),
    "stepfunctions-without-sagemaker 3.0.0": (
        ("stepfunctions-without-sagemaker==3.0.0", "setuptools<82"),
        _SDK,
    ),
    "pystepfunction 1.1.131": (("pystepfunction==1.1.131",), _PYSTEPFUNCTION),
}
"""By name and version: what is installed, and how a chain is written and compiled."""


def measure() -> dict[str, Any]:
    floors = {count: measure_ours(write_chain(count)) for count in SIZES}
    ours = {count: round(own / floor, 2) for count, (own, floor) in floors.items()}
    peers = {name: _measure_peer(*peer) for name, peer in PEERS.items()}
    return {
        "times_yaml_and_json": {
            "interlock": ours,
            **{
                name: {count: _compare(found.get(str(count)), floors[count][1]) for count in SIZES}
                for name, found in peers.items()
            },
        },
        "not_measured": {name: found["why"] for name, found in peers.items() if "why" in found},
    }


def _compare(found: float | str | None, floor: float) -> float | str | None:
    return round(found / floor, 2) if isinstance(found, int | float) else found


def _measure_peer(requirements: tuple[str, ...], program: str) -> dict[str, Any]:
    """Give seconds by size, or the name of what was raised; `why` where it could not be installed or run."""
    wanted = [part for one in requirements for part in ("--with", one)]
    command = [
        "uv",
        "run",
        "--quiet",
        "--isolated",
        "--no-project",
        "--python",
        sys.executable,
        *wanted,
        "python",
        "-c",
    ]
    done = subprocess.run(
        [*command, "import json\n" + program + _TIMER, *map(str, SIZES)],
        capture_output=True, text=True, timeout=_TIMEOUT_S, check=False,
    )  # fmt: skip
    if done.returncode:
        return {"why": (done.stderr.strip().splitlines() or ["it failed"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
