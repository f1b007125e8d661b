"""What Lambda's own runtime must be told before the first event."""

import os
import sys

DEPTH = 5_000
"""How deep an event may nest and still be read. What is deeper ends, after Lambda's own tries, in the queue of what failed for good."""


def accept_depth() -> None:
    """Let the runtime read events that nest deep, on Lambda only: it does so before the handler, which makes dead letters of them."""
    if "AWS_LAMBDA_RUNTIME_API" in os.environ:
        sys.setrecursionlimit(max(DEPTH, sys.getrecursionlimit()))
