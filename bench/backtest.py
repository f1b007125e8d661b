"""Backtesting recorded events by two versions of the policies: events a second, and whether memory grows with them.

Objects are bounded, so the second, ten times longer run must need hardly more memory than the first.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.catalog.model import Branch, RuleMode
from infra.build import build_project
from infra.offline.backtest import backtest
from infra.project import find_project

EVENTS = 10_000
OBJECTS = 2_000
_BEGIN = datetime(2026, 3, 11, tzinfo=UTC)
_FLAPS = 3
"""Which of eight events are of one host, so that work meets work."""
_STATES = ("running", "stopped", "pending", "stopping")


def make_events(count: int) -> Iterator[dict[str, Any]]:
    """Half of them are of hosts, a quarter are stops; all through JSON, as from a file."""
    for number in range(count):
        event: dict[str, Any] = {
            "version": "0",
            "id": f"e{number}",
            "source": "aws.ec2" if number % 2 else "aws.s3",
            "detail-type": "EC2 Instance State-change Notification" if number % 2 else "Object Created",
            "account": "123456789012",
            "region": "us-east-1",
            "time": (_BEGIN + timedelta(seconds=number)).isoformat(),
            "resources": [],
            "detail": {
                "instance-id": f"i-{10 if number % 8 == _FLAPS else number * 7919 % (3 * OBJECTS):06x}",
                "state": _STATES[number // 2 % 2],
            },
        }
        yield json.loads(json.dumps(event))


def measure(count: int) -> dict[str, Any]:
    """Backtest the rules, and one that reboots every host that stops, against themselves without the last one."""
    bundle = build_project(find_project()).bundle
    reboot = Branch(None, run="ec2.reboot", with_={"instance_id": "{% $object.name %}"})
    stopped = next(one for one in bundle.rules if one.name == "host_stopped")
    runs = stopped._replace(name="reboots", branches=(reboot,), correlate=None, goal=None, mode=RuleMode.ACTIVE)
    bundle = replace(bundle, rules=(runs, *bundle.rules), index=None)
    other = replace(bundle, version="other", rules=bundle.rules[:-1])
    begun = time.perf_counter()
    diff = backtest(make_events(count), other, bundle, OBJECTS)
    seconds = time.perf_counter() - begun
    return {
        "events": diff.events,
        "matched": diff.matched,
        "kept_back": sum(diff.kept_back[1].values()),
        "events_a_second": round(count / seconds),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main() -> None:
    factor = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    short, long = measure(EVENTS), measure(factor * EVENTS)
    print(json.dumps({"short": short, "long": long, "memory_ratio": round(long["peak_mb"] / short["peak_mb"], 2)}))


if __name__ == "__main__":
    main()
