"""Matching one event against 10 to 10,000 mixed rules, beside parsing that event and beside other matchers.

Ten operators in a fixed mix (40 % exact, 10 prefix, 8 suffix, 8 anything-but, 10 numeric, 6 exists, 4 cidr, 6 wildcard,
4 ignore-case, 4 `$or`), events of about 840 bytes, half of them aimed at a rule. In `spread` the rules are about 200
pairs of source and detail type; in `dense` all share one, and only the operator tells them apart.

All in one run and on the same rules and events; read the ratios. The linear matcher is our own without the index, the
oracle of the tests; moto and MiniStack are the matchers of the two emulators. All must find the same number of matches.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import orjson
from moto.events.models import EventPattern

from chalicelib.decision.fields import flatten
from chalicelib.decision.index import RuleIndex
from chalicelib.decision.patterns import compile_pattern
from tests.pairs import Json, make_plain_rule

SIZES = (10, 100, 1_000, 10_000)
EVENTS = 400
ROOT = Path(__file__).parent.parent
MINISTACK = ROOT / ".local" / "ministack" / "bin" / "python"
MIX = ("exact",) * 20 + ("prefix",) * 5 + ("suffix",) * 4 + ("anything-but",) * 4 + ("numeric",) * 5 + ("exists",) * 3 + ("cidr",) * 2 + ("wildcard",) * 3 + ("ignore-case",) * 2 + ("or",) * 2  # fmt: skip
_BUDGET_S, _PAIR_S = 1.5, 5.0
_LEAST = 3


def make_rules(count: int, *, spread: bool) -> list[Json]:
    """The patterns: rule n is about host n, in one operator's way of saying so."""
    return [{**make_head(n, spread=spread), "detail": make_detail(MIX[n * 7 % len(MIX)], n)} for n in range(count)]


def make_head(n: int, *, spread: bool) -> Json:
    source, kind = (n % 40, n // 40 % 5) if spread else (0, 0)
    return {"source": [f"aws.service{source}"], "detail-type": [f"State Change {kind}"]}


def make_detail(operator: str, n: int) -> Json:
    match operator:
        case "exact":
            return {"instance-id": [f"i-{n:08x}"], "state": ["stopped", "terminated"]}
        case "prefix":
            return {"name": [{"prefix": f"web-{n:05d}-"}]}
        case "suffix":
            return {"arn": [{"suffix": f"/host/{n:05d}"}]}
        case "anything-but":
            return {"group": [f"group-{n:05d}"], "state": [{"anything-but": ["running", "pending"]}]}
        case "numeric":
            return {"metric": {"value": [{"numeric": [">=", n * 10, "<", n * 10 + 10]}]}}
        case "exists":
            return {"group": [f"group-{n:05d}"], "error": [{"exists": True}]}
        case "cidr":
            return {"ip": [{"cidr": f"10.{n >> 8 & 255}.{n & 255}.0/24"}]}
        case "wildcard":
            return {"path": [{"wildcard": f"/srv/*/{n:05d}/*.log"}]}
        case "ignore-case":
            return {"owner": [{"equals-ignore-case": f"Team-{n:05d}"}]}
        case _:
            return {"$or": [{"zone": [f"zone-{n:05d}"]}, {"rack": [f"rack-{n:05d}"]}]}


def make_events(random: Random, count: int, *, spread: bool) -> list[Json]:
    """Half are aimed at a rule, the others at hosts that no rule is about."""
    aims = (random.randrange(count) if at % 2 else random.randrange(20_000, 30_000) for at in range(EVENTS))
    return [make_event(n, at, spread=spread) for at, n in enumerate(aims)]


def make_event(n: int, at: int, *, spread: bool) -> Json:
    head = make_head(n, spread=spread)
    return {
        "version": "0",
        "id": f"7bf73129-1428-4cd3-a780-{at:012d}",
        "detail-type": head["detail-type"][0],
        "source": head["source"][0],
        "account": "123456789012",
        "time": "2026-03-11T21:29:54Z",
        "region": "us-east-1",
        "resources": [f"arn:aws:ec2:us-east-1:123456789012:instance/i-{n:08x}"],
        "detail": {
            "instance-id": f"i-{n:08x}",
            "state": "stopped",
            "name": f"web-{n:05d}-a1b2c3",
            "arn": f"arn:aws:ec2:us-east-1:123456789012:fleet/host/{n:05d}",
            "group": f"group-{n:05d}",
            "metric": {"name": "CPUUtilization", "namespace": "AWS/EC2", "unit": "Percent", "value": n * 10 + 5},
            "ip": f"10.{n >> 8 & 255}.{n & 255}.17",
            "path": f"/srv/checkout/{n:05d}/access.log",
            "owner": f"TEAM-{n:05d}",
            "zone": f"zone-{n:05d}",
            "rack": f"rack-{n:05d}",
            "error": {"code": 137, "message": "container killed on request"} if at % 3 else "out of memory",
            "tags": {"Name": "checkout", "env": "prod", "cost-center": "4711"},
            "attempts": [1, 2, 3],
        },
    }


def take_time(run: Callable[[Any], object], given: Sequence[Any], budget: float = _BUDGET_S) -> float:
    """Give the microseconds for each item: the fastest of some passes, or a part of one pass if that takes long."""
    best, spent, passes = float("inf"), 0.0, 0
    while spent < budget or passes < _LEAST:
        start = time.perf_counter()
        done = 0
        for one in given:
            run(one)
            done += 1
            if passes == 0 and time.perf_counter() - start > budget * 2:
                break
        took = time.perf_counter() - start
        best, spent, passes = min(best, took / done), spent + took, passes + 1
        if done < len(given):
            break
    return best * 1e6


def take_pair(
    one: Callable[[Any], object], first: Sequence[Any], other: Callable[[Any], object], second: Sequence[Any]
) -> tuple[float, float]:
    """Give the microseconds of both, in turns, so that whatever else the machine does is done to both."""
    rounds, start = [], time.perf_counter()
    while time.perf_counter() - start < _PAIR_S:
        rounds.append((take_pass(one, first), take_pass(other, second)))
    return min(took for took, _ in rounds), min(took for _, took in rounds)


def take_pass(run: Callable[[Any], object], given: Sequence[Any]) -> float:
    """Give the microseconds for each item of one pass over all of them."""
    start = time.perf_counter()
    for one in given:
        run(one)
    return (time.perf_counter() - start) / len(given) * 1e6


def measure(count: int, *, spread: bool, others: bool) -> Json:
    """All candidates on one set of rules."""
    patterns = make_rules(count, spread=spread)
    events = make_events(Random(count), count, spread=spread)
    texts = [orjson.dumps(event) for event in events]
    rules = tuple(make_plain_rule(f"r{n}", pattern) for n, pattern in enumerate(patterns))
    start = time.perf_counter()
    index = RuleIndex(rules)
    built = time.perf_counter() - start
    matchers = [compile_pattern(pattern) for pattern in patterns]

    def match_linearly(event: Json) -> int:
        fields = flatten(event)
        return sum(matcher.matches_fields(fields) for matcher in matchers)

    found = [len(index.match(event)) for event in events]
    assert found[:20] == [match_linearly(event) for event in events[:20]]
    parse, matched = take_pair(orjson.loads, texts, index.match, events)
    times = {"index": matched, "linear": take_time(match_linearly, events)}
    if others:
        times["moto"] = time_moto(patterns, events, found)
        times["ministack"] = time_ministack(patterns, events, found)
    return {
        "event bytes": round(sum(map(len, texts)) / len(texts)),
        "matches an event": round(sum(found) / len(found), 2),
        "microseconds": {"orjson.loads": round(parse, 2)} | {name: round(took, 2) for name, took in times.items()},
        "in parses of the event": {name: round(took / parse, 1) for name, took in times.items()},
        "build, milliseconds": round(built * 1e3, 1),
    }


def time_moto(patterns: Iterable[Json], events: Sequence[Json], found: Sequence[int]) -> float:
    compiled = [EventPattern(json.dumps(pattern), pattern) for pattern in patterns]

    def match(event: Any) -> int:
        return sum(one.matches_event(event) for one in compiled)

    assert [match(event) for event in events[:5]] == list(found[:5])
    return take_time(match, events)


def time_ministack(patterns: Sequence[Json], events: Sequence[Json], found: Sequence[int]) -> float:
    """Run its matcher in its own interpreter on the same data."""
    given = json.dumps({"patterns": [json.dumps(one) for one in patterns], "events": events, "budget": _BUDGET_S})
    code = "import bench.match_ministack as m; m.main()"
    done = subprocess.run([MINISTACK, "-c", code], input=given, text=True, capture_output=True, check=True, cwd=ROOT)
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["found"] == list(found[: len(answer["found"])])
    return float(answer["microseconds"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--own", action="store_true", help="leave the emulators out")
    others = not parser.parse_args().own
    result: Json = {}
    for shape in ("spread", "dense"):
        rows = {size: measure(size, spread=shape == "spread", others=others) for size in SIZES}
        took = {size: row["microseconds"]["index"] for size, row in rows.items()}
        result[shape] = {
            "rules": rows,
            "10,000 against 10": round(took[10_000] / took[10], 2),
            "target": 2.5,
            "10,000 rules in parses": rows[10_000]["in parses of the event"]["index"],
            "its target": 8,
        }
        print(f"{shape} is done", file=sys.stderr)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
