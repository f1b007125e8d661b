"""MiniStack's matcher, run by `bench.match` in MiniStack's own interpreter: patterns and events in, time out."""

import json
import sys
import time


def main() -> None:
    from ministack.services.eventbridge import (  # type: ignore[import-not-found]  # noqa: PLC0415 - another environment
        _EventView,
        _matches_pattern_view,
    )

    given = json.load(sys.stdin)
    found: list[int] = []
    best, start = float("inf"), time.perf_counter()
    for event in given["events"]:
        began = time.perf_counter()
        fields = {key: value for key, value in event.items() if key != "detail"}
        view = _EventView(fields, json.dumps(event["detail"]))
        found.append(sum(_matches_pattern_view(pattern, view) for pattern in given["patterns"]))
        best = min(best, time.perf_counter() - began)
        if time.perf_counter() - start > given["budget"] and len(found) > 1:
            break
    print(json.dumps({"found": found, "microseconds": best * 1e6}))
