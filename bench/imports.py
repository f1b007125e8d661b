"""What it costs a decision Lambda to be ready, in instructions (callgrind), against the typical stack.

Instructions do not depend on what else the machine does. Both sides run the same interpreter with compiled bytecode;
the floor is the interpreter itself. The typical stack is the one that `rivals` are measured with: boto3 with three
clients, thirty pydantic models, Powertools (logger, metrics, tracer, idempotency) and yaml.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.match import make_rules
from chalicelib.catalog.load import dump_bundle, load_bundle
from chalicelib.decision.index import prepare_index

_COLLECTED = re.compile(r"Collected : (\d+)")
ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "INTERLOCK_TABLE": "t",
    "INTERLOCK_BUS": "b",
    "INTERLOCK_STAGE": "bench",
    "INTERLOCK_HOLD_QUEUE": "http://127.0.0.1/q",
    "INTERLOCK_START_QUEUE": "http://127.0.0.1/s",
    "INTERLOCK_ACCOUNT": "123456789012",
    "INTERLOCK_PARTITION": "aws",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "bench",
}

_READY = """
from chalicelib.entry.decide import decide
from chalicelib.wiring.core import get_core
core = get_core()
clients = core.ports.store._clients
clients.get("dynamodb"); clients.get("stepfunctions")
"""
_LOADED = (
    """
import os
from pathlib import Path
import chalicelib.catalog.load as load
load.DEFAULT_PATH = Path(os.environ["BENCH_BUNDLE"])
"""
    + _READY
)
_TYPICAL = """
import boto3, yaml
from pydantic import BaseModel
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
Logger(); Metrics(); Tracer(); DynamoDBPersistenceLayer(table_name="t")
session = boto3.session.Session()
for name in ("dynamodb", "stepfunctions", "events"):
    session.client(name)
for number in range(30):
    type(f"M{number}", (BaseModel,), {"__annotations__": {"a": str, "b": int, "c": list[str], "d": float | None}})
"""
SNIPPETS = {
    "floor: the interpreter": "pass",
    "decide: imported": "from chalicelib.entry.decide import decide",
    "decide: ready, bundle loaded, two clients": _READY,
    "decide: ready, 1,000 rules loaded, two clients": _LOADED,
    "settle: imported": "from chalicelib.entry.settle import settle",
    "an atom's function: imported": "from chalicelib.entry.atoms import ec2_start",
    "the API: imported": "import chalicelib.entry.api",
    "typical stack": _TYPICAL,
}


def write_bundle(path: Path, count: int = 1_000) -> None:
    """Write this repository's bundle with so many rules: its own ones in turn, each with a mixed pattern of its own."""
    bundle = load_bundle()
    heads = make_rules(count, spread=True)
    rules = tuple(
        bundle.rules[n % len(bundle.rules)]._replace(name=f"rule_{n}", match=head, group=None)
        for n, head in enumerate(heads)
    )
    path.write_text(json.dumps(dump_bundle(replace(bundle, rules=rules, index=prepare_index(rules)))), "utf-8")


def _make_environment() -> dict[str, str]:
    """Both sides are measured with compiled bytecode, as the package ships it, so it must be allowed to be written."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **ENVIRONMENT}


def count_instructions(code: str) -> int:
    """Run a snippet under callgrind, once before to compile its bytecode."""
    environment = _make_environment()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    found = _COLLECTED.search(done.stderr)
    assert found, done.stderr
    return int(found[1])


def list_modules(code: str) -> set[str]:
    """Name the top-level modules that a snippet has loaded."""
    probe = code + "\nimport sys, json; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    environment = _make_environment()
    done = subprocess.run([sys.executable, "-c", probe], env=environment, check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout))


def measure() -> dict[str, Any]:
    """Count each snippet."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.json"
        write_bundle(path)
        ENVIRONMENT["BENCH_BUNDLE"] = str(path)
        counts = {name: count_instructions(code) for name, code in SNIPPETS.items()}
    heavy = {"pydantic", "yaml", "jsonata", "boto3", "chalice", "stepfunctions"}
    return {
        "million_instructions": {name: round(count / 1e6) for name, count in counts.items()},
        "ready against typical stack": round(
            counts["decide: ready, bundle loaded, two clients"] / counts["typical stack"], 3
        ),
        "the same with 1,000 rules": round(
            counts["decide: ready, 1,000 rules loaded, two clients"] / counts["typical stack"], 3
        ),
        "target": 0.45,
        "of these, decide loads": sorted(list_modules(_READY) & heavy),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
