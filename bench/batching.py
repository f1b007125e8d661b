"""Cutting 100,000 hosts into batches, against sorting them: the ratio is of one run, the seconds of this machine."""

import json
import time
from collections.abc import Callable

from chalicelib.decision.batching import Batches, Batching, Bound, Size, Target, make_batches

HOSTS = 100_000
GROUPS = 500
STEPS = (Size(1), Size(10, percent=True), Size(50, percent=True), Size(100, percent=True))


def make_fleet() -> list[Target]:
    return [
        Target(
            id=f"i-{number * 7919 % HOSTS:06d}",
            zone=f"zone-{number % 3}",
            group=f"service-{number % GROUPS}",
            rank=number % 4,
            healthy=number % 101 != 0,
        )
        for number in range(HOSTS)
    ]


def measure(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    fleet = make_fleet()
    bounds = {f"service-{number}": Bound(Size(10, percent=True), size=HOSTS // GROUPS) for number in range(GROUPS)}
    base = min(measure(lambda: sorted(fleet, key=lambda one: (one.rank, one.zone, one.id))) for _ in range(3))
    cases: dict[str, Callable[[], Batches]] = {
        "steps": lambda: make_batches(fleet, Batching(STEPS)),
        "spread": lambda: make_batches(fleet, Batching(STEPS, spread_zones=True)),
        "one zone at a time": lambda: make_batches(fleet, Batching(STEPS, one_zone_at_a_time=True)),
        "spread, 500 bounded services": lambda: make_batches(fleet, Batching(STEPS, spread_zones=True), bounds),
        "one by one, bounded": lambda: make_batches(fleet, Batching((Size(1),), spread_zones=True), bounds),
    }
    found = {}
    for name, work in cases.items():
        seconds = min(measure(work) for _ in range(3))
        made = work()
        found[name] = {
            "seconds": round(seconds, 3),
            "times_sorting": round(seconds / base, 1),
            "batches": len(made.batches),
            "deferred": len(made.deferred),
        }
    print(json.dumps({"hosts": HOSTS, "cases": found}, indent=2))


if __name__ == "__main__":
    main()
